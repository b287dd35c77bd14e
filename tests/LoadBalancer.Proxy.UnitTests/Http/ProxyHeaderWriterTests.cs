using System.Net;
using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ProxyHeaderWriterTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    /// <summary>Source, destination, the line and the block, the latter without what each begins with.</summary>
    public static TheoryData<string, string, string, string> Clients => new()
    {
        { "192.0.2.1:56324", "198.51.100.2:443", "TCP4 192.0.2.1 198.51.100.2 56324 443", "2111000CC0000201C6336402DC0401BB" },
        { "[2001:db8::1]:56324", "[2001:db8::2]:443", "TCP6 2001:db8::1 2001:db8::2 56324 443", "2121002420010DB800000000000000000000000120010DB8000000000000000000000002DC0401BB" },
        { "[::ffff:192.0.2.1]:1", "[::ffff:198.51.100.2]:2", "TCP4 192.0.2.1 198.51.100.2 1 2", "2111000CC0000201C633640200010002" },
        { "[2001:db8::1]:1", "198.51.100.2:2", "TCP6 2001:db8::1 ::ffff:198.51.100.2 1 2", "2121002420010DB800000000000000000000000100000000000000000000FFFFC633640200010002" },
        { "192.0.2.1:1", "[2001:db8::2]:2", "TCP6 ::ffff:192.0.2.1 2001:db8::2 1 2", "2121002400000000000000000000FFFFC000020120010DB800000000000000000000000200010002" },
        { "[fe80::1%3]:1", "[fe80::2%3]:2", "TCP6 fe80::1 fe80::2 1 2", "21210024FE800000000000000000000000000001FE80000000000000000000000000000200010002" },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public void A_client_is_named_with_where_it_connected_to(string source, string destination, string line, string block)
    {
        var (from, to) = (IPEndPoint.Parse(source), IPEndPoint.Parse(destination));

        Assert.Equal($"PROXY {line}\r\n", Encoding.ASCII.GetString(ProxyHeaderWriter.Line(from, to)));
        Assert.Equal(Signature + block, Convert.ToHexString(ProxyHeaderWriter.Block(from, to)));
    }

    [Fact]
    public void Connections_of_nobody_have_headers_too()
    {
        Assert.Equal("PROXY UNKNOWN\r\n", Encoding.ASCII.GetString(ProxyHeaderWriter.UnknownLine));
        Assert.Equal(Signature + "20000000", Convert.ToHexString(ProxyHeaderWriter.LocalBlock));
        Assert.Equal(Signature + "213100D8" + new string('0', 2 * 216), Convert.ToHexString(ProxyHeaderWriter.UnixClientBlock));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void What_is_written_is_read(string source, string destination, string line, string block)
    {
        _ = (line, block);
        var (from, to) = (IPEndPoint.Parse(source), IPEndPoint.Parse(destination));

        Assert.All([ProxyHeaderWriter.Line(from, to), ProxyHeaderWriter.Block(from, to)], header =>
        {
            Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeader.Read(header, out var length, out var told));
            Assert.Equal((header.Length, from.Port, Bare(from)), (length, told!.Port, Bare(told)));
        });

        static string Bare(IPEndPoint endPoint) => TrustedProxies.Fold(new IPAddress(endPoint.Address.GetAddressBytes())).ToString();
    }
}
