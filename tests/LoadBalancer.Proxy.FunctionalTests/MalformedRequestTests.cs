using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class MalformedRequestTests
{
    private const string Line = "GET / HTTP/1.1\r\n";
    private const string Host = "Host: example.com\r\n";
    private const string Post = "POST / HTTP/1.1\r\n" + Host;

    public static TheoryData<string, int, string> Heads => new()
    {
        { "space before the colon", 400, Line + "Host : example.com\r\n\r\n" },
        { "space before the colon of another field", 400, Line + Host + "X-A : b\r\n\r\n" },
        { "tab before the colon", 400, Line + Host + "X-A\t: b\r\n\r\n" },
        { "no Host", 400, Line + "\r\n" },
        { "two Hosts", 400, Line + Host + Host + "\r\n" },
        { "two different Hosts", 400, Line + Host + "Host: other.com\r\n\r\n" },
        { "empty Host", 400, Line + "Host:\r\n\r\n" },
        { "Host with a space", 400, Line + "Host: exam ple.com\r\n\r\n" },
        { "Host with a slash", 400, Line + "Host: example.com/a\r\n\r\n" },
        { "Host with a comma", 400, Line + "Host: example.com,other.com\r\n\r\n" },
        { "Host with user information", 400, Line + "Host: user@example.com\r\n\r\n" },
        { "Host with a port that is no number", 400, Line + "Host: example.com:eighty\r\n\r\n" },
        { "Host with a port too many", 400, Line + "Host: example.com:80:80\r\n\r\n" },
        { "Host with a port out of range", 400, Line + "Host: a:99999\r\n\r\n" },
        { "Host with an address and a port out of range", 400, Line + "Host: [::1]:65536\r\n\r\n" },
        { "Host with an IPv4 address in brackets", 400, Line + "Host: [1.2.3.4]\r\n\r\n" },
        { "Host with an empty label", 400, Line + "Host: a..b\r\n\r\n" },
        { "Host with an empty first label", 400, Line + "Host: .a\r\n\r\n" },
        { "Host with a tilde", 400, Line + "Host: a~b\r\n\r\n" },
        { "Host with an exclamation mark", 400, Line + "Host: a!b\r\n\r\n" },
        { "Host with a dollar sign", 400, Line + "Host: a$b\r\n\r\n" },
        { "Host with an ampersand", 400, Line + "Host: a&b\r\n\r\n" },
        { "Host with an apostrophe", 400, Line + "Host: a'b\r\n\r\n" },
        { "Host with a bracket", 400, Line + "Host: a(b\r\n\r\n" },
        { "Host that is too long for a name", 400, Line + "Host: " + new string('a', 300) + "\r\n\r\n" },
        { "Host in HTTP/1.0 with a port out of range", 400, "GET / HTTP/1.0\r\nHost: a:99999\r\n\r\n" },
        { "Transfer-Encoding without chunked", 400, Post + "Transfer-Encoding: gzip\r\n\r\n" },
        { "Transfer-Encoding with chunked not last", 400, Post + "Transfer-Encoding: chunked, gzip\r\n\r\n" },
        { "Transfer-Encoding with chunked twice", 400, Post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding twice", 400, Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding twice, the second another", 400, Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" },
        { "empty Transfer-Encoding", 400, Post + "Transfer-Encoding:\r\n\r\n" },
        { "Transfer-Encoding with a parameter", 400, Post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding with an empty element", 501, Post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n" },
        { "unknown transfer coding", 400, Post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "unknown transfer coding before chunked", 501, Post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding: identity", 400, Post + "Transfer-Encoding: identity\r\n\r\n" },
        { "Transfer-Encoding with a vertical tab", 400, Post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding in quotes", 400, Post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" },
        { "Content-Length with minus", 400, Post + "Content-Length: -5\r\n\r\nhello" },
        { "Content-Length with a blank inside", 400, Post + "Content-Length: 5 5\r\n\r\nhello" },
        { "Content-Length with a letter", 400, Post + "Content-Length: 5x\r\n\r\nhello" },
        { "Content-Length in hexadecimal", 400, Post + "Content-Length: 0x5\r\n\r\nhello" },
        { "Content-Length too large for any counter", 400, Post + "Content-Length: 99999999999999999999\r\n\r\nhello" },
        { "Content-Length as a differing list", 400, Post + "Content-Length: 5, 6\r\n\r\nhello" },
        { "two differing Content-Lengths", 400, Post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
        { "empty Content-Length", 400, Post + "Content-Length:\r\n\r\n" },
        { "Content-Length and Transfer-Encoding", 400, Post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding and Content-Length", 400, Post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
        { "Transfer-Encoding in HTTP/1.0", 400, "POST / HTTP/1.0\r\n" + Host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "blank before the first field", 400, Line + " " + Host + "\r\n" },
        { "obsolete line folding", 400, Line + Host + "X-A: b\r\n c\r\n\r\n" },
        { "obsolete line folding with a tab", 400, Line + Host + "X-A: b\r\n\tc\r\n\r\n" },
        { "bare CR in a value", 400, Line + Host + "X-A: b\rc\r\n\r\n" },
        { "bare CR in a name", 400, Line + Host + "X\rA: b\r\n\r\n" },
        { "bare LF as the end of a line", 400, Line + Host + "X-A: b\nX-B: c\r\n\r\n" },
        { "bare LF as the end of the request line", 400, "GET / HTTP/1.1\n" + Host + "\r\n" },
        { "bare LF as the end of the head", 400, Line + Host + "\n" },
        { "NUL in a value", 400, Line + Host + "X-A: b\0c\r\n\r\n" },
        { "NUL in a name", 400, Line + Host + "X\0A: b\r\n\r\n" },
        { "control character in a value", 400, Line + Host + "X-A: b\u0001c\r\n\r\n" },
        { "delete character in a value", 400, Line + Host + "X-A: b\u007fc\r\n\r\n" },
        { "control character in a name", 400, Line + Host + "X\u0001A: b\r\n\r\n" },
        { "bracket in a name", 400, Line + Host + "X[A]: b\r\n\r\n" },
        { "quote in a name", 400, Line + Host + "X\"A: b\r\n\r\n" },
        { "slash in a name", 400, Line + Host + "X/A: b\r\n\r\n" },
        { "blank in a name", 400, Line + Host + "X A: b\r\n\r\n" },
        { "letter outside ASCII in a name", 400, Line + Host + "X\u00e9A: b\r\n\r\n" },
        { "empty name", 400, Line + Host + ": b\r\n\r\n" },
        { "line without a colon", 400, Line + Host + "nonsense\r\n\r\n" },
        { "lower-case version", 505, "GET / http/1.1\r\n" + Host + "\r\n" },
        { "version that is none", 400, "GET / HTTP/1.10\r\n" + Host + "\r\n" },
        { "unknown minor version", 505, "GET / HTTP/1.2\r\n" + Host + "\r\n" },
        { "unknown major version", 505, "GET / HTTP/4.0\r\n" + Host + "\r\n" },
        { "no version", 400, "GET /\r\n" + Host + "\r\n" },
        { "two blanks before the target", 400, "GET  / HTTP/1.1\r\n" + Host + "\r\n" },
        { "blank in the target", 400, "GET /a b HTTP/1.1\r\n" + Host + "\r\n" },
        { "tab between method and target", 400, "GET\t/ HTTP/1.1\r\n" + Host + "\r\n" },
        { "NUL in the target", 400, "GET /\0 HTTP/1.1\r\n" + Host + "\r\n" },
        { "encoded NUL in the path", 400, "GET /%00 HTTP/1.1\r\n" + Host + "\r\n" },
        { "control character in the target", 400, "GET /\u0001 HTTP/1.1\r\n" + Host + "\r\n" },
        { "letter outside ASCII in the target", 400, "GET /\u00e9 HTTP/1.1\r\n" + Host + "\r\n" },
        { "fragment in the target", 400, "GET /#a HTTP/1.1\r\n" + Host + "\r\n" },
        { "target without a slash", 405, "GET a HTTP/1.1\r\n" + Host + "\r\n" },
        { "star with a method that has none", 405, "GET * HTTP/1.1\r\n" + Host + "\r\n" },
        { "method that is not a token", 400, "G(T / HTTP/1.1\r\n" + Host + "\r\n" },
        { "TLS on a plain listener", 400, "\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n" },
        { "target too long", 414, "GET /" + new string('a', 16 * 1024) + " HTTP/1.1\r\n" + Host + "\r\n" },
        { "method too long", 414, new string('A', 16 * 1024) + " / HTTP/1.1\r\n" + Host + "\r\n" },
        { "header too long", 431, Line + Host + "X-A: " + new string('a', 64 * 1024) + "\r\n\r\n" },
        { "too many header lines", 431, Line + Host + string.Concat(Enumerable.Repeat("X-A: b\r\n", 200)) + "\r\n" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_malformed_head_is_refused_and_reaches_no_destination(string fault, int status, string request)
    {
        await using var destination = new FakeDestination();

        // What the web server finds another status for is the same fault as the others to the event loop.
        var engine = status is 405 or 414 && !request.StartsWith("GET /", StringComparison.Ordinal) ? new Dictionary<string, string?> { ["Engine"] = "Kestrel" } : [];
        await using var proxy = await ProxyHost.StartAsync(engine, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(request);
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((fault, status, 0), (fault, answer.Status, destination.Requests.Count));
        await client.WaitForCloseAsync();
    }

    [Theory]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0_5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(" 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5 \r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\t\r\nhello\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("10000000000000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData("80000000\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhelloXX0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\n\n")]
    [InlineData("5\r\nhello\r\n0\r\n\n\r\n")]
    [InlineData("5\rhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b\rc\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nX-A : b\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nnonsense\r\n\r\n")]
    public async Task A_malformed_chunk_is_refused_and_ends_the_request_to_the_destination(string body)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + body);
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((400, 0), (answer.Status, destination.Requests.Count(request => request.IsBodyRead)));
    }

    [Fact]
    public async Task A_client_that_begins_with_HTTP2_is_hung_up_on()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        await client.WaitForCloseAsync();

        Assert.Empty(destination.Requests);
    }
}
