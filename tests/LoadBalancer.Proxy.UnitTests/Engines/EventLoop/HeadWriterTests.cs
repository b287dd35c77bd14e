using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class HeadWriterTests
{
    private const string Host = "Host: example.com\r\n";

    [Fact]
    public void A_plain_request_goes_on_with_what_the_proxy_says_of_it() => Assert.Equal(
        [
            "GET /a?b HTTP/1.1", "Host: example.com", "Accept: */*", "User-Agent: x",
            "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: example.com", "X-Request-Id: mine", "Via: 1.1 LoadBalancer",
        ],
        Writing.Request("GET /a?b HTTP/1.1\r\nAccept: */*\r\nHost: example.com\r\nX-Request-Id: mine\r\nUser-Agent: x\r\n\r\n"));

    [Theory]
    [InlineData("/", "http://a", "/")]
    [InlineData("/a%2Fb?c", "http://a/inner/", "/inner/a%2Fb?c")]
    [InlineData("/a/../%7E?%zz", "http://a", "/a/../%7E?%zz")]
    [InlineData("http://other.com", "http://a", "/")]
    [InlineData("http://other.com?q", "http://a/inner", "/inner/?q")]
    [InlineData("http://other.com/x?y", "http://a", "/x?y")]
    public void Path_and_query_go_on_after_the_path_of_the_destination(string target, string address, string sent) =>
        Assert.Equal($"GET {sent} HTTP/1.1", Writing.Request($"GET {target} HTTP/1.1\r\n{Host}\r\n", Writing.To(address))[0]);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: example.com:8080\r\n\r\n", null, "example.com:8080")]
    [InlineData("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "inner.example.com", "inner.example.com")]
    [InlineData("GET http://other.com:81/ HTTP/1.1\r\nHost: example.com\r\n\r\n", null, "other.com:81")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", null, "10.0.0.1:81")]
    public void There_is_one_Host(string request, string? host, string sent) => Assert.Equal([sent], Writing.Request(request, Writing.To(host: host)).Named("Host"));

    [Theory]
    [InlineData("Connection: X-A", "X-A")]
    [InlineData("Connection: close, x-a", "X-A")]
    [InlineData("Connection: keep-alive\r\nConnection: X-A", "X-A")]
    [InlineData("Connection: X-B", "Connection")]
    [InlineData("Keep-Alive: timeout=5", "Keep-Alive")]
    [InlineData("Proxy-Connection: keep-alive", "Proxy-Connection")]
    [InlineData("TE: gzip", "TE")]
    [InlineData("HTTP2-Settings: AAMAAABkAAQ", "HTTP2-Settings")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade", "Upgrade")]
    [InlineData("X-Forwarded-Port: 1", "X-Forwarded-Port")]
    [InlineData("Forwarded: for=a", "Forwarded")]
    public void A_field_that_is_not_for_the_destination_stays_behind(string lines, string name) =>
        Assert.Empty(Writing.Request($"GET / HTTP/1.1\r\n{Host}{lines}\r\nX-A: b\r\n\r\n").Named(name));

    [Theory]
    [InlineData("Host", "example.com")]
    [InlineData("Content-Length", "5")]
    [InlineData("Cache-Control", "x")]
    public void Connection_cannot_take_away_what_everybody_needs(string name, string value) => Assert.Equal(
        [value], Writing.Request($"POST / HTTP/1.1\r\n{Host}Connection: X-B,{name}\r\nContent-Length: 5\r\nCache-Control: x\r\n\r\n").Named(name));

    [Fact]
    public void Fields_and_their_order_stay_as_they_came() => Assert.Equal(
        ["X-A: c=1", "x-b:", "X-A:  a=2, b=3 \t", "X-C: caf\u00e9\u0080", "Expect: 100-continue", "X-A: b=4"],
        Writing.Request($"GET / HTTP/1.1\r\nX-A: c=1\r\nx-b:\r\n{Host}X-A:  a=2, b=3 \t\r\nX-C: caf\u00e9\u0080\r\nExpect: 100-continue\r\nConnection: close\r\nX-A: b=4\r\n\r\n")[2..8]);

    [Theory]
    [InlineData("GET", "", "", "")]
    [InlineData("DELETE", "Content-Type: a/b\r\n", "", "")]
    [InlineData("GET", "Content-Length: 0\r\n", "0", "")]
    [InlineData("POST", "", "0", "")]
    [InlineData("PUT", "", "0", "")]
    [InlineData("BREW", "", "0", "")]
    [InlineData("POST", "Content-Length: 007\r\n", "7", "")]
    [InlineData("POST", "Transfer-Encoding: Chunked\r\n", "", "chunked")]
    [InlineData("GET", "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n", "", "chunked")]
    public void There_is_one_framing_or_none(string method, string lines, string length, string coding)
    {
        var sent = Writing.Request($"{method} / HTTP/1.1\r\n{Host}{lines}\r\n");

        Assert.Equal((length, coding), (string.Join('|', sent.Named("Content-Length")), string.Join('|', sent.Named("Transfer-Encoding"))));
    }

    [Fact]
    public void TE_goes_on_as_far_as_it_asks_for_trailers()
    {
        var sent = Writing.Request($"GET / HTTP/1.1\r\n{Host}TE: gzip;q=0.5, trailers\r\nConnection: TE\r\n\r\n");

        Assert.Equal(("trailers", "TE"), (Assert.Single(sent.Named("TE")), Assert.Single(sent.Named("Connection"))));
    }

    [Fact]
    public void A_WebSocket_is_asked_for()
    {
        var sent = Writing.Request($"GET / HTTP/1.1\r\n{Host}Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: a\r\n\r\n");

        Assert.Equal(("Upgrade", "websocket", "a"), (Assert.Single(sent.Named("Connection")), Assert.Single(sent.Named("Upgrade")), Assert.Single(sent.Named("Sec-WebSocket-Key"))));
    }

    [Theory]
    [InlineData("HTTP/1.1", "", "1.1 LoadBalancer")]
    [InlineData("HTTP/1.0", "", "1.0 LoadBalancer")]
    [InlineData("HTTP/1.1", "Via: 1.0 first\r\nConnection: Via\r\nVia: 1.1 second, 2 third\r\n", "1.0 first|1.1 second, 2 third|1.1 LoadBalancer")]
    public void Via_is_appended_to(string version, string lines, string expected) =>
        Assert.Equal(expected, string.Join('|', Writing.Request($"GET / {version}\r\n{Host}{lines}\r\n").Named("Via")));

    [Theory]
    [InlineData("OPTIONS", "Max-Forwards: 3\r\n", "2")]
    [InlineData("GET", "Max-Forwards: 3\r\n", "3")]
    [InlineData("OPTIONS", "Max-Forwards: many\r\n", "many")]
    [InlineData("OPTIONS", "Max-Forwards: 3\r\nMax-Forwards: 4\r\n", "")]
    public void Max_Forwards_counts_down_where_it_has_a_meaning(string method, string lines, string expected) =>
        Assert.Equal(expected, string.Join('|', Writing.Request($"{method} / HTTP/1.1\r\n{Host}{lines}\r\n").Named("Max-Forwards")));

    [Fact]
    public void The_trace_context_of_an_attempt_takes_the_place_of_the_clients()
    {
        const string request = $"GET / HTTP/1.1\r\n{Host}traceparent: c\r\ntracestate: cs\r\n\r\n";

        var (own, passed) = (Writing.Request(request, traceParent: "p", traceState: "s"), Writing.Request(request));

        Assert.Equal(["p", "s", "c", "cs"], [.. own.Named("traceparent"), .. own.Named("tracestate"), .. passed.Named("traceparent"), .. passed.Named("tracestate")]);
    }

    [Fact]
    public void An_attempt_without_a_state_has_none() =>
        Assert.Empty(Writing.Request($"GET / HTTP/1.1\r\n{Host}tracestate: cs\r\n\r\n", traceParent: "p").Named("tracestate"));

    [Fact]
    public void What_a_trusted_proxy_says_is_kept_and_appended_to()
    {
        var sent = Writing.Request(
            $"GET / HTTP/1.1\r\n{Host}X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 198.51.100.2\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Prefix: /p\r\nForwarded: for=198.51.100.9\r\n\r\n",
            trusted: new TrustedProxies([IPNetwork.Parse("192.0.2.0/24")]));

        Assert.Equal(
            ["198.51.100.1, 198.51.100.2, 192.0.2.7", "https", "shop.example", "/p", "for=198.51.100.9, for=192.0.2.7;host=example.com;proto=http"],
            [.. sent.Named("X-Forwarded-For"), .. sent.Named("X-Forwarded-Proto"), .. sent.Named("X-Forwarded-Host"), .. sent.Named("X-Forwarded-Prefix"), .. sent.Named("Forwarded")]);
    }

    [Fact]
    public void The_client_is_the_one_that_trusted_proxies_name()
    {
        var head = RequestReading.Head($"GET / HTTP/1.1\r\n{Host}X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n\r\n");
        var trusted = new TrustedProxies([IPNetwork.Parse("192.0.2.0/24")]);

        Assert.Equal(("198.51.100.1", "https"), (ForwardedFields.ClientOf(head, Writing.Client, trusted)?.ToString(), ForwardedFields.SchemeOf(head, Writing.Client, trusted)));
        Assert.Equal(("192.0.2.7", "http"), (ForwardedFields.ClientOf(head, Writing.Client, TrustedProxies.None)?.ToString(), ForwardedFields.SchemeOf(head, Writing.Client, TrustedProxies.None)));
    }

    [Fact]
    public void An_IPv4_client_is_one_also_over_IPv6() =>
        Assert.Equal(["192.0.2.7"], Writing.Request($"GET / HTTP/1.1\r\n{Host}\r\n", client: new ClientText(IPAddress.Parse("::ffff:192.0.2.7"))).Named("X-Forwarded-For"));

    [Fact]
    public void A_client_without_an_address_or_a_host_is_told_nothing_of()
    {
        var sent = Writing.Request("GET / HTTP/1.0\r\n\r\n", client: new ClientText(null));

        Assert.Equal((0, 0), (sent.Named("X-Forwarded-For").Length, sent.Named("X-Forwarded-Host").Length));
    }

    // What goes on must be read by the next as it was read here, or a request could be hidden in it.
    [Fact]
    public void Whatever_is_accepted_is_read_the_same_way_at_the_destination() => Assert.All(Forwarded, row =>
    {
        var sent = string.Concat(Writing.Request(row.Bytes).Select(line => line + "\r\n")) + "\r\n";
        var (before, after) = (RequestReading.Head(row.Bytes), new RequestHead());

        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(RequestReading.Bytes(sent), after, new LimitOptions { MaxRequestLineSize = 64 * 1024, MaxRequestHeadSize = 64 * 1024 }));
        Assert.Equal((before.Method, before.Body, before.ContentLength, sent.Length), (after.Method, after.Body, after.ContentLength, after.Length));
    });

    // But for what is answered here, and what has as many lines as a head may have before any is added.
    private static IEnumerable<(string Bytes, string Read)> Forwarded => RequestCorpus.Accepted.Where(row =>
        !row.Read.StartsWith("CONNECT", StringComparison.Ordinal) && RequestReading.Head(row.Bytes).LineCount < 90);

    [Fact]
    public void Writing_again_and_again_allocates_nothing()
    {
        var (output, head, to) = (new OutputBuffer(), RequestReading.Head($"POST /a HTTP/1.1\r\n{Host}Accept: */*\r\nConnection: keep-alive, X-B\r\nTE: trailers\r\nVia: 1.1 a\r\nX-B: c\r\nContent-Length: 5\r\n\r\n"), Writing.To());
        head.Identify(new Random(1));

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            output.Clear();
            HeadWriter.Write(output, head, new RequestContext { Destination = to, Client = Writing.Client, Trusted = TrustedProxies.None, TraceParent = "00-1-2-01" });
        }));
    }
}
