using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    /// <summary>Headers as text, or as hexadecimal digits of the second version, with whom they name.</summary>
    public static TheoryData<string, string?> Right => new()
    {
        { "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324" },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535" },
        { "PROXY TCP6 2001:db8::1 2001:db8::2 0 443\r\n", "[2001:db8::1]:0" },
        { "PROXY TCP6 ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n".Replace("f...f", "ffff:ffff:ffff:ffff:ffff:ffff", StringComparison.Ordinal), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        { "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n", "192.0.2.1:1" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", null },
        { Signature + "2111000CC0000201C6336402DC0401BB", "192.0.2.1:56324" },
        { Signature + "2121002420010DB800000000000000000000000120010DB8000000000000000000000002DC0401BB", "[2001:db8::1]:56324" },
        { Signature + "21110013C0000201C6336402DC0401BB" + "04000400000000", "192.0.2.1:56324" },
        { Signature + "20000000", null },
        { Signature + "2011000CC0000201C6336402DC0401BB", null },
        { Signature + "21000000", null },
        { Signature + "2112000CC0000201C6336402DC0401BB", null },
    };

    public static TheoryData<string> Wrong =>
    [
        "GET / HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n",
        "PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.2 1 2\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n" + new string('x', 80),
        "PROXY UNKNOWN " + new string('x', 100),
        Signature + "1111000CC0000201C6336402DC0401BB",
        Signature + "2211000CC0000201C6336402DC0401BB",
        Signature + "2141000CC0000201C6336402DC0401BB",
        Signature + "2113000CC0000201C6336402DC0401BB",
        Signature + "2111000BC0000201C6336402DC0401",
        Signature + "2121000CC0000201C6336402DC0401BB",
        Signature + "21111001",
    ];

    [Theory]
    [MemberData(nameof(Right))]
    public void A_header_says_whose_connection_it_is_and_where_it_ends(string header, string? source)
    {
        var bytes = Bytes(header);

        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read([.. bytes, .. "GET / HTTP/1.1\r\n"u8], out var length, out var read));
        Assert.Equal((bytes.Length, source), (length, read?.ToString()));
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void Half_of_one_is_not_one_yet(string header, string? source)
    {
        var bytes = Bytes(header);

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, length), out _, out _)));
        Assert.True(source is null || source.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Anything_else_is_none(string header) => Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeader.Read(Bytes(header), out _, out _));

    // Whatever comes, it is read to a verdict, and no more than what is there.
    [Fact]
    public void Mutations_of_headers_are_read_without_harm()
    {
        var random = new Random(11);
        var seeds = Right.Select(row => Bytes(row.Data.Item1)).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = seeds[random.Next(seeds.Length)].ToArray();
            for (var change = random.Next(4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var part = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            var status = ProxyHeader.Read(part, out var length, out var source);

            Assert.True(status == ProxyHeaderStatus.Complete ? length > 0 && length <= part.Length : source is null, Convert.ToHexString(part));
        }
    }

    private static byte[] Bytes(string header) => header.StartsWith(Signature, StringComparison.Ordinal) ? Convert.FromHexString(header) : Encoding.Latin1.GetBytes(header);
}
