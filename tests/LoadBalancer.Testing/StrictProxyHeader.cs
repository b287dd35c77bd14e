using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace LoadBalancer.Testing;

/// <summary>Reads the header of the PROXY protocol to the letter, with nothing of the proxy's own code: what the specification does not say is no header.</summary>
public static partial class StrictProxyHeader
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Reads one, and not a byte more.</summary>
    /// <returns><c>TCP4 source destination</c>, <c>TCP6 source destination</c>, <c>UNIX</c>, <c>LOCAL</c> or <c>UNKNOWN</c>, each with the version before it.</returns>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var first = new byte[Signature.Length];
        await stream.ReadExactlyAsync(first, cancellationToken);
        return first.AsSpan().SequenceEqual(Signature) ? await ReadBlockAsync(stream, cancellationToken) : await ReadLineAsync(first, stream, cancellationToken);
    }

    private static async Task<string> ReadLineAsync(byte[] first, Stream stream, CancellationToken cancellationToken)
    {
        const int longest = 107;
        var line = new List<byte>(first);
        var one = new byte[1];
        while (!(line[^2] == '\r' && line[^1] == '\n'))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            line.Add(one[0]);
            Require(line.Count <= longest, "The line is too long.");
        }

        var text = Encoding.ASCII.GetString([.. line])[..^2];
        if (text == "PROXY UNKNOWN")
        {
            return "V1 UNKNOWN";
        }

        var match = Line().Match(text);
        Require(match.Success, $"'{text}' is no header.");
        var (source, destination) = (Address("source"), Address("destination"));
        Require(Written(source.Address) == match.Groups["source"].Value && Written(destination.Address) == match.Groups["destination"].Value, $"'{text}' has an address that is written otherwise.");
        return $"V1 {match.Groups["family"].Value} {source} {destination}";

        IPEndPoint Address(string group)
        {
            var address = IPAddress.Parse(match.Groups[group].Value);
            Require(address.GetAddressBytes().Length == (match.Groups["family"].Value == "TCP4" ? 4 : 16), $"'{text}' has an address of another family.");
            return new IPEndPoint(address, ushort.Parse(match.Groups[$"{group}Port"].Value, NumberStyles.None, CultureInfo.InvariantCulture));
        }

        static string Written(IPAddress address) => new IPAddress(address.GetAddressBytes()).ToString();
    }

    private static async Task<string> ReadBlockAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[4];
        await stream.ReadExactlyAsync(head, cancellationToken);
        var rest = new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2))];
        await stream.ReadExactlyAsync(rest, cancellationToken);
        switch ((head[0], head[1], rest.Length))
        {
            case (0x20, 0x00, 0):
                return "V2 LOCAL";
            case (0x21, 0x31, 216):
                return "V2 UNIX";
            case (0x21, 0x11, 12):
                return $"V2 TCP4 {At(0, 4, 8)} {At(4, 4, 10)}";
            case (0x21, 0x21, 36):
                return $"V2 TCP6 {At(0, 16, 32)} {At(16, 16, 34)}";
            default:
                throw new InvalidDataException($"Command {head[0]:x2} and family {head[1]:x2} with {rest.Length} bytes is no header.");
        }

        IPEndPoint At(int address, int length, int port) => new(new IPAddress(rest.AsSpan(address, length)), BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(port)));
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }

    [GeneratedRegex("^PROXY (?<family>TCP4|TCP6) (?<source>[0-9a-f:.]+) (?<destination>[0-9a-f:.]+) (?<sourcePort>0|[1-9][0-9]*) (?<destinationPort>0|[1-9][0-9]*)$")]
    private static partial Regex Line();
}
