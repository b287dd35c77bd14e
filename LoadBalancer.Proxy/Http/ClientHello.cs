using System.Buffers.Binary;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>The first message of a client of TLS (RFC 8446, 4.1.2), as far as it says what it wants to speak, and with whom.</summary>
internal static class ClientHello
{
    private const int RecordHead = 5, MessageHead = 4;
    private const byte Handshake = 22, Hello = 1;
    private const int ServerName = 0, ApplicationProtocols = 16;

    /// <summary>Says whether a client wants to speak one protocol and no other.</summary>
    /// <param name="bytes">What has come of the connection.</param>
    /// <param name="protocol">The protocol (ALPN, RFC 7301).</param>
    /// <param name="serverName">The name that it asks for (SNI, RFC 6066, 3); empty for none.</param>
    /// <returns>Whether it does; null while that cannot be said.</returns>
    public static bool? AsksFor(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> protocol, out string serverName)
    {
        serverName = "";
        var message = new List<byte>();
        while (message.Count < MessageHead || message.Count < MessageHead + LengthOf(message))
        {
            if (bytes.Length > 0 && bytes[0] != Handshake)
            {
                return false;
            }

            if (bytes.Length < RecordHead || BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]) is var length && bytes.Length < RecordHead + length)
            {
                return null;
            }

            if (length == 0)
            {
                return false;
            }

            message.AddRange(bytes.Slice(RecordHead, length));
            bytes = bytes[(RecordHead + length)..];
        }

        return message[0] == Hello && IsAsked([.. message[MessageHead..]], protocol, out serverName);
    }

    private static int LengthOf(List<byte> message) => (message[1] << 16) | (message[2] << 8) | message[3];

    private static bool IsAsked(ReadOnlySpan<byte> hello, ReadOnlySpan<byte> protocol, out string serverName)
    {
        // Version and random bytes, session, cipher suites, compression; then the extensions.
        serverName = "";
        if (!Skip(ref hello, 2 + 32) || !Take(ref hello, 1, out _) || !Take(ref hello, 2, out _) || !Take(ref hello, 1, out _) || !Take(ref hello, 2, out var extensions))
        {
            return false;
        }

        var isAsked = false;
        while (extensions.Length >= 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            Skip(ref extensions, 2);
            if (!Take(ref extensions, 2, out var extension))
            {
                return false;
            }

            switch (type)
            {
                case ServerName when Take(ref extension, 2, out var names) && Skip(ref names, 1) && Take(ref names, 2, out var name):
                    serverName = Encoding.ASCII.GetString(name);
                    break;
                case ApplicationProtocols:
                    isAsked = Take(ref extension, 2, out var protocols) && Take(ref protocols, 1, out var first) && protocols.IsEmpty && first.SequenceEqual(protocol);
                    break;
            }
        }

        return isAsked;
    }

    private static bool Skip(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
        {
            return false;
        }

        bytes = bytes[count..];
        return true;
    }

    // What stands behind its own length.
    private static bool Take(ref ReadOnlySpan<byte> bytes, int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (bytes.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? bytes[0] : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length < lengthBytes + length)
        {
            return false;
        }

        taken = bytes.Slice(lengthBytes, length);
        bytes = bytes[(lengthBytes + length)..];
        return true;
    }
}
