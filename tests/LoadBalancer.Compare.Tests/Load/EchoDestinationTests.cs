using LoadBalancer.Compare.Load;

namespace LoadBalancer.Compare.Tests.Load;

public sealed class EchoDestinationTests
{
    [Fact]
    public void A_connection_is_upgraded_by_the_key_of_the_client()
    {
        // The key and its answer are those of RFC 6455, section 1.3.
        var (answer, after) = EchoDestination.Answer("GET /socket HTTP/1.1\r\nupgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 1);

        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(After.Echo, after);
    }

    [Fact]
    public void The_echo_tells_the_port_and_what_the_proxy_has_added() => Assert.Equal(
        ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\n8081|127.0.0.1|1.1 us", After.Next),
        EchoDestination.Answer("GET /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\nVia: 1.1 us", 8081));

    [Theory]
    [InlineData("GET /health HTTP/1.0")]
    [InlineData("GET /health HTTP/1.1\r\nConnection: close")]
    public void A_probe_that_wants_it_so_is_the_last_of_its_connection(string head) => Assert.Equal(After.Close, EchoDestination.Answer(head, 1).After);
}
