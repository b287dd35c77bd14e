using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>What the beginning of a connection is to the PROXY protocol.</summary>
internal enum ProxyHeaderStatus
{
    /// <summary>The beginning of a header, of which more must come.</summary>
    Incomplete,

    /// <summary>A header.</summary>
    Complete,

    /// <summary>Something else.</summary>
    Invalid,
}

/// <summary>
/// The header by which a proxy in front says whose connection it passes on: PROXY protocol, versions 1 (text) and 2 (binary), as HAProxy defines it.
/// </summary>
internal static class ProxyHeader
{
    // "The maximum line lengths the receiver must support including the CRLF" (2.1).
    private const int LongestLine = 107;

    // Addresses and whatever is said beside them, such as names of certificates. Nobody sends half of that.
    private const int LongestBlock = 4096;

    private const int FixedLength = 16;
    private const int IPv4Block = 12;
    private const int IPv6Block = 36;

    /// <summary>What version 2 begins with.</summary>
    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Word => "PROXY "u8;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">What has come of the connection so far.</param>
    /// <param name="length">How many bytes the header has, where it is complete.</param>
    /// <param name="source">Whose connection it is; null where the proxy in front speaks for itself, or does not know.</param>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out int length, out IPEndPoint? source)
    {
        (length, source) = (0, null);
        return IsBeginning(bytes, Word) ? ReadLine(bytes, ref length, ref source)
            : IsBeginning(bytes, Signature) ? ReadBlock(bytes, ref length, ref source)
            : ProxyHeaderStatus.Invalid;
    }

    private static bool IsBeginning(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> of) => bytes[..Math.Min(bytes.Length, of.Length)].SequenceEqual(of[..Math.Min(bytes.Length, of.Length)]);

    private static ProxyHeaderStatus ReadLine(ReadOnlySpan<byte> bytes, ref int length, ref IPEndPoint? source)
    {
        var end = bytes[..Math.Min(bytes.Length, LongestLine)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length >= LongestLine ? ProxyHeaderStatus.Invalid : ProxyHeaderStatus.Incomplete;
        }

        length = end + 2;
        var words = bytes[Word.Length..end];
        if (words.SequenceEqual("UNKNOWN"u8) || words.StartsWith("UNKNOWN "u8))
        {
            return ProxyHeaderStatus.Complete;
        }

        Span<Range> ranges = stackalloc Range[6];
        Span<char> text = stackalloc char[LongestLine];
        if (Ascii.ToUtf16(words, text, out var letters) != System.Buffers.OperationStatus.Done || text[..letters].Split(ranges, ' ') != 5)
        {
            return ProxyHeaderStatus.Invalid;
        }

        var family = text[ranges[0]] switch
        {
            "TCP4" => System.Net.Sockets.AddressFamily.InterNetwork,
            "TCP6" => System.Net.Sockets.AddressFamily.InterNetworkV6,
            _ => System.Net.Sockets.AddressFamily.Unknown,
        };
        var (from, to) = (TrustedProxies.TryParseAddress(text[ranges[1]]), TrustedProxies.TryParseAddress(text[ranges[2]]));
        if (from?.AddressFamily != family || to?.AddressFamily != family || PortOf(words[ranges[3]]) is not { } port || PortOf(words[ranges[4]]) is null)
        {
            return ProxyHeaderStatus.Invalid;
        }

        source = new IPEndPoint(TrustedProxies.Fold(from), port);
        return ProxyHeaderStatus.Complete;
    }

    // Without zeros in front, as the text says.
    private static int? PortOf(ReadOnlySpan<byte> digits) =>
        digits.Length is > 0 and <= 5 && (digits[0] != '0' || digits.Length == 1) && Utf8Parser.TryParse(digits, out ushort port, out var taken) && taken == digits.Length ? port : null;

    private static ProxyHeaderStatus ReadBlock(ReadOnlySpan<byte> bytes, ref int length, ref IPEndPoint? source)
    {
        if (bytes.Length < FixedLength)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        const byte local = 0x20, proxy = 0x21;
        var (command, family, size) = (bytes[12], bytes[13], BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]));
        if (command is not (local or proxy) || size > LongestBlock || (family >> 4) > 3 || (family & 0xf) > 2)
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (bytes.Length < FixedLength + size)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        length = FixedLength + size;
        const byte tcp4 = 0x11, tcp6 = 0x21;
        var block = bytes.Slice(FixedLength, size);
        switch (command, family)
        {
            case (proxy, tcp4) when size >= IPv4Block:
                source = new IPEndPoint(new IPAddress(block[..4]), BinaryPrimitives.ReadUInt16BigEndian(block[8..]));
                return ProxyHeaderStatus.Complete;
            case (proxy, tcp6) when size >= IPv6Block:
                source = new IPEndPoint(TrustedProxies.Fold(new IPAddress(block[..16])), BinaryPrimitives.ReadUInt16BigEndian(block[32..]));
                return ProxyHeaderStatus.Complete;
            case (proxy, tcp4 or tcp6):
                return ProxyHeaderStatus.Invalid;
            default:
                // Its own connection, such as a check of health, or a kind of address that is none of a client over TCP.
                return ProxyHeaderStatus.Complete;
        }
    }
}
