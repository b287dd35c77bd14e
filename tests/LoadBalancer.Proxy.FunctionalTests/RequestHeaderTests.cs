using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class RequestHeaderTests
{
    [Theory]
    [InlineData("Connection: X-A", "X-A")]
    [InlineData("Connection: close", "Connection")]
    [InlineData("Connection: keep-alive", "Connection")]
    [InlineData("Keep-Alive: timeout=5", "Keep-Alive")]
    [InlineData("Proxy-Connection: keep-alive", "Proxy-Connection")]
    [InlineData("TE: gzip", "TE")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ", "HTTP2-Settings")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade", "Upgrade")]
    [InlineData("Upgrade: SPDY/3.1\r\nConnection: Upgrade", "Upgrade")]
    [InlineData("Upgrade: foo/1, websocket\r\nConnection: Upgrade", "Upgrade")]
    public async Task A_field_between_two_neighbours_is_not_passed_on(string lines, string name)
    {
        var request = await SendAsync(RawRequest.Get("/", lines, "X-A: b"));

        Assert.Empty(request.Headers(name));
    }

    [Fact]
    public async Task A_field_that_Connection_does_not_name_is_passed_on() =>
        Assert.Equal("b", (await SendAsync(RawRequest.Get("/", "Connection: X-B", "X-A: b", "X-B: c"))).Header("X-A"));

    [Theory]
    [InlineData("Host", "example.com")]
    [InlineData("Content-Length", "5")]
    public async Task Connection_cannot_take_away_what_everybody_needs(string name, string value)
    {
        var request = await SendAsync(RawRequest.Post("hello", $"Connection: X-B,{name}"));

        Assert.Equal((value, "hello"), (request.Header(name), request.Body));
    }

    [Fact]
    public async Task TE_is_passed_on_as_far_as_it_asks_for_trailers() =>
        Assert.Equal("trailers", (await SendAsync(RawRequest.Get("/", "TE: gzip;q=0.5, trailers, deflate"))).Header("TE"));

    [Theory]
    [InlineData("X-Unknown", "anything at all; x=\"y, z\"")]
    [InlineData("x-LOWER-and-upper", "a")]
    [InlineData("X_Under.score!#$%&'*+^`|~1", "a")]
    [InlineData("X-Empty", "")]
    [InlineData("X-Utf8", "caf\u00c3\u00a9 \u00e2\u0082\u00ac")]
    [InlineData("X-Latin1", "caf\u00e9")]
    [InlineData("X-Tab", "a\tb")]
    [InlineData("User-Agent", "odd (unclosed / 1")]
    [InlineData("User-Agent", "\u00e9")]
    [InlineData("Date", "yesterday")]
    [InlineData("If-Modified-Since", "0")]
    [InlineData("Accept", "text/html;;q=x")]
    [InlineData("Content-Type", "\"unclosed")]
    [InlineData("Content-Encoding", "gzip, unknown")]
    [InlineData("Content-Language", "x y z")]
    [InlineData("Expires", "-1")]
    [InlineData("Last-Modified", "never")]
    [InlineData("Allow", "A, B")]
    [InlineData("Authorization", "Bearer a.b.c==")]
    [InlineData("Proxy-Authorization", "Basic abc")]
    [InlineData("From", "nobody at all")]
    [InlineData("Range", "bytes=x-")]
    [InlineData("Referer", "not a uri at all \u00e9")]
    [InlineData("Warning", "nonsense")]
    [InlineData("Expect", "the unexpected")]
    [InlineData("Trailer", "X-Sum")]
    [InlineData("X-Forwarded-User", "someone")]
    [InlineData("Cookie", "a=1; b=2; c=\u00c3\u00a9")]
    [InlineData("Sec-Fetch-Mode", "cors")]
    public async Task A_field_is_passed_on_as_it_came(string name, string value)
    {
        var request = await SendAsync(RawRequest.Post("hello", $"{name}: {value}"));

        Assert.Equal([value], request.Headers(name));
    }

    public static TheoryData<string, string> WithoutBody => new MatrixTheoryData<string, string>(
        ["GET", "DELETE", "POST"],
        ["Content-Type", "Content-Language", "Content-Encoding", "Content-Location", "Content-MD5", "Content-Range", "Expires", "Last-Modified", "Allow"]);

    [Theory]
    [MemberData(nameof(WithoutBody))]
    public async Task A_field_about_content_is_passed_on_also_where_there_is_none(string method, string name)
    {
        var request = await SendAsync(RawRequest.WithoutBody(method, "/", $"{name}: a/b"));

        Assert.Equal(["a/b"], request.Headers(name));
    }

    [Theory]
    [InlineData("GET", "", "")]
    [InlineData("GET", "Content-Type: a/b", "")]
    [InlineData("HEAD", "Expires: 0", "")]
    [InlineData("DELETE", "Content-Type: a/b", "")]
    [InlineData("OPTIONS", "Content-Type: a/b", "")]
    [InlineData("GET", "Content-Length: 0", "0")]
    [InlineData("DELETE", "Content-Length: 0", "0")]
    [InlineData("DELETE", "Content-Type: a/b\r\nContent-Length: 0", "0")]
    [InlineData("PUT", "Content-Length: 0", "0")]
    [InlineData("POST", "Content-Length: 0", "0")]
    [InlineData("POST", "Content-Type: a/b\r\nContent-Length: 0", "0")]
    [InlineData("PUT", "Content-Type: a/b", "0")]
    [InlineData("POST", "Content-Type: a/b", "0")]
    [InlineData("POST", "", "0")]
    public async Task A_request_without_a_body_says_so_as_the_client_did_or_as_its_method_wants(string method, string lines, string length)
    {
        var request = await SendAsync(lines.Length == 0 ? RawRequest.WithoutBody(method) : RawRequest.WithoutBody(method, "/", lines));

        Assert.Equal((length, ""), (string.Join('|', request.Headers("Content-Length")), string.Join('|', request.Headers("Transfer-Encoding"))));
    }

    [Theory]
    [InlineData("X-A")]
    [InlineData("Accept")]
    [InlineData("Cookie")]
    [InlineData("Cache-Control")]
    [InlineData("X-Forwarded-User")]
    public async Task Lines_of_one_name_keep_their_order_and_are_told_apart(string name)
    {
        var request = await SendAsync(RawRequest.Get("/", $"{name}: c=1", "X-B: x", $"{name}: a=2, b=3", $"{name}: b=4"));

        var separator = name == "Cookie" ? "; " : ", ";
        Assert.Equal($"c=1{separator}a=2, b=3{separator}b=4", string.Join(separator, request.Headers(name)));
    }

    [Theory]
    [InlineData("Content-Type")]
    [InlineData("User-Agent")]
    public async Task A_field_that_should_come_once_and_comes_twice_is_not_made_up(string name)
    {
        var request = await SendAsync(RawRequest.Post("hello", $"{name}: a/b", $"{name}: c/d"));

        Assert.Contains("a/b", string.Join(' ', request.Headers(name)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_without_a_field_gets_none_that_describes_the_client()
    {
        var request = await SendAsync(RawRequest.Get());

        Assert.Equal(
            ["host", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"],
            request.Head.Skip(1).Select(line => line.Split(':')[0].ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "1.1 LoadBalancer")]
    [InlineData("Via: 1.0 first", "1.0 first|1.1 LoadBalancer")]
    [InlineData("Via: 1.0 first\r\nVia: 1.1 second, 2 third", "1.0 first|1.1 second, 2 third|1.1 LoadBalancer")]
    public async Task Via_is_appended_to(string line, string expected)
    {
        var request = await SendAsync(line.Length == 0 ? RawRequest.Get() : RawRequest.Get("/", line));

        Assert.Equal(expected.Replace("|", ", ", StringComparison.Ordinal), string.Join(", ", request.Headers("Via")));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("X-Forwarded-Proto", "http")]
    [InlineData("X-Forwarded-Host", "example.com")]
    [InlineData("X-Forwarded-Port", null)]
    [InlineData("X-Forwarded-Prefix", null)]
    [InlineData("X-Forwarded-Scheme", null)]
    [InlineData("Forwarded", null)]
    public async Task What_a_client_claims_of_itself_is_dropped(string name, string? truth) =>
        Assert.Equal(truth, (await SendAsync(RawRequest.Get("/", $"{name}: claimed", $"{name}: again"))).Header(name));

    [Fact]
    public async Task An_HTTP10_request_without_Host_claims_none()
    {
        var request = await SendAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.Empty(request.Headers("X-Forwarded-Host"));
    }

    [Fact]
    public async Task The_request_id_of_the_client_is_kept() =>
        Assert.Equal("abc-1", (await SendAsync(RawRequest.Get("/", "X-Request-Id: abc-1"))).Header("X-Request-Id"));

    [Theory]
    [InlineData("X-Request-Id: has blanks")]
    [InlineData("X-Request-Id: a\r\nX-Request-Id: b")]
    [InlineData("X-Request-Id:")]
    [InlineData("X-Other: a")]
    public async Task A_request_without_a_usable_id_gets_one(string lines) =>
        Assert.Matches("^[0-9a-f]{32}$", (await SendAsync(RawRequest.Get("/", lines))).Header("X-Request-Id"));

    [Theory]
    [InlineData("shop.example.com:8443")]
    [InlineData("example.com.")]
    [InlineData("EXAMPLE.com:0080")]
    [InlineData("a_b-")]
    [InlineData("-a")]
    [InlineData("256.1.1.1.1")]
    [InlineData("0x7f.1")]
    [InlineData("[::1]")]
    [InlineData("[1:2:3:4:5:6:7:8]:65535")]
    public async Task Host_goes_on_as_the_client_sent_it(string host) =>
        Assert.Equal([host], (await SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).Headers("Host"));

    [Fact]
    public async Task A_destination_with_a_Host_of_its_own_gets_that()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:Destinations:a:Host"] = "inner.example.com" }, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get());

        Assert.Equal(("inner.example.com", "example.com"), (destination.Requests[0].Header("Host"), destination.Requests[0].Header("X-Forwarded-Host")));
    }

    [Theory]
    [InlineData("OPTIONS", "3", "2")]
    [InlineData("GET", "3", "3")]
    [InlineData("OPTIONS", "many", "many")]
    public async Task Max_Forwards_counts_down_where_it_has_a_meaning(string method, string sent, string got) =>
        Assert.Equal(got, (await SendAsync(RawRequest.WithoutBody(method, "/", $"Max-Forwards: {sent}"))).Header("Max-Forwards"));

    private static async Task<FakeRequest> SendAsync(string request)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        var answer = await client.AskAsync(request);
        Assert.Equal(200, answer.Status);
        return destination.Requests.Single();
    }
}
