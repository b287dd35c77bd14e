using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Requests that want to be one for the proxy and two for the destination, or the other way round.</summary>
public abstract class SmugglingTests
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: example.com\r\n\r\n";
    private const string Post = "POST /open HTTP/1.1\r\nHost: example.com\r\n";

    [Theory]
    [InlineData("length before chunks", Post + "Content-Length: 48\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("chunks before length", Post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2b\r\n" + Hidden + "\r\n0\r\n\r\n")]
    [InlineData("two codings", Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding nobody knows", Post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding nobody knows, and a length", Post + "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding with a control character", Post + "Transfer-Encoding: \u000bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding with a space before the colon", Post + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding on a folded line", Post + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding behind a bare line feed", Post + "X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding behind a bare carriage return", Post + "X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a coding with an underscore", Post + "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 1)]
    [InlineData("two lengths", Post + "Content-Length: 0\r\nContent-Length: 43\r\n\r\n" + Hidden)]
    [InlineData("a length of GET", "GET /open HTTP/1.1\r\nHost: example.com\r\nContent-Length: 43\r\n\r\n" + Hidden, 1)]
    [InlineData("chunks of GET", "GET /open HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n2b\r\n" + Hidden + "\r\n0\r\n\r\n", 1)]
    [InlineData("a length with an upgrade", "GET /open HTTP/1.1\r\nHost: example.com\r\nUpgrade: foo\r\nConnection: Upgrade\r\nContent-Length: 43\r\n\r\n" + Hidden, 1)]
    [InlineData("a length that Connection names", Post + "Connection: Content-Length\r\nContent-Length: 43\r\n\r\n" + Hidden, 1)]
    [InlineData("a coding that Connection names", Post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n2b\r\n" + Hidden + "\r\n0\r\n\r\n", 1)]
    [InlineData("a chunk extension with a line feed", Post + "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n2d\r\n0\r\n\r\n" + Hidden + "\r\n0\r\n\r\n")]
    [InlineData("a chunk size beyond the counter", Post + "Transfer-Encoding: chunked\r\n\r\n100000000\r\n0\r\n\r\n" + Hidden)]
    [InlineData("a chunk without its end of line", Post + "Transfer-Encoding: chunked\r\n\r\n2\r\nab0\r\n\r\n" + Hidden)]
    [InlineData("a trailer that is a length", Post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 43\r\n\r\n", 1)]
    [InlineData("a target with an end of line", "GET /open\r\nX: HTTP/1.1\r\nHost: example.com\r\n\r\n")]
    [InlineData("a target with an encoded end of line", "GET /open%0d%0aX:%20y HTTP/1.1\r\nHost: example.com\r\n\r\n", 1)]
    [InlineData("an HTTP/1.0 request with chunks", "POST /open HTTP/1.0\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" + Hidden)]
    public async Task What_reaches_the_destination_is_one_request_with_one_end_or_none(string trick, string bytes, int requests = 0)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        using var other = await proxy.ConnectAsync();

        await client.SendAsync(bytes);
        await client.ReadAnswerAsync();
        var after = await other.AskAsync(RawRequest.Get("/other"));

        var whole = destination.Requests.Where(request => request.IsBodyRead).ToList();
        Assert.DoesNotContain(whole, request => request.Target == "/hidden");
        Assert.Equal((trick, requests, "ok"), (trick, whole.Count(request => request.Target.StartsWith("/open", StringComparison.Ordinal)), after.Text));
    }

    [Theory]
    [InlineData("X-A: b\r\n \r\nX-Injected: c")]
    [InlineData("X-A: b\rX-Injected: c")]
    [InlineData("X-A: b\u2028X-Injected: c")]
    [InlineData("X-A: %0d%0aX-Injected: c")]
    [InlineData("Location: /a\rX-Injected: c")]
    public async Task A_destination_cannot_write_a_second_line_into_a_value(string line)
    {
        await using var destination = new FakeDestination(Behave.Answer(200, "ok", line));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var first = await client.AskAsync(RawRequest.Get());
        var second = await client.AskAsync(RawRequest.Get());

        Assert.Equal(first.Status, second.Status);
        Assert.DoesNotContain(first.HeaderLines, header => header.Contains('\r', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_hidden_in_a_body_stays_a_body()
    {
        await using var destination = new FakeDestination(async exchange => await Behave.Ok(exchange.Request.Target)(exchange));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var first = await client.AskAsync(RawRequest.Post(Hidden));
        var second = await client.AskAsync(RawRequest.ChunkedPost() + RawRequest.Chunk(Hidden) + RawRequest.Chunk(""));

        Assert.Equal(("/", "/", 2), (first.Text, second.Text, destination.Requests.Count));
    }
}
