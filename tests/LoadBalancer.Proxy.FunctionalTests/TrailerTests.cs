using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class TrailerTests
{
    [Theory]
    [InlineData("Trailer: X-Sum\r\n")]
    [InlineData("")]
    public async Task A_trailer_of_an_answer_is_passed_on_announced_or_not(string announcement)
    {
        var answer = await GetAsync(announcement, "X-Sum: 1\r\nX-Sum: 2\r\nServer-Timing: a\r\n");

        Assert.Equal(("hello", "X-Sum: 1|X-Sum: 2|Server-Timing: a"), (answer.Text, string.Join('|', answer.Trailers)));
    }

    [Fact]
    public async Task The_announcement_is_passed_on() =>
        Assert.Equal("X-Sum", (await GetAsync("Trailer: X-Sum\r\n", "X-Sum: 1\r\n")).Header("Trailer"));

    [Theory]
    [InlineData("Content-Length: 5")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Host: other.com")]
    [InlineData("Connection: close")]
    [InlineData("Trailer: X-Sum")]
    [InlineData("Set-Cookie: a=b")]
    [InlineData("Content-Type: text/html")]
    [InlineData("Upgrade: h2c")]
    public async Task A_field_that_must_come_before_the_body_is_dropped_when_it_comes_after(string line)
    {
        var answer = await GetAsync("", line + "\r\nX-Sum: 1\r\n");

        Assert.Equal(["X-Sum: 1"], answer.Trailers);
    }

    [Fact]
    public async Task A_trailer_after_no_byte_of_body_is_passed_on()
    {
        await using var destination = new FakeDestination(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(["X-Sum: 1"], (await client.AskAsync(RawRequest.Get())).Trailers);
    }

    [Fact]
    public async Task Octets_of_a_trailer_are_kept() =>
        Assert.Equal(["X-Sum: caf\u00c3\u00a9"], (await GetAsync("", "X-Sum: caf\u00c3\u00a9\r\n")).Trailers);

    [Fact]
    public async Task After_trailers_both_connections_serve_the_next_request()
    {
        await using var destination = new FakeDestination().Next(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get());
        var second = await client.AskAsync(RawRequest.Get());

        Assert.Equal(("ok", 1), (second.Text, destination.Connections));
    }

    private static async Task<RawAnswer> GetAsync(string headers, string trailers)
    {
        await using var destination = new FakeDestination(Behave.Raw($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{headers}\r\n5\r\nhello\r\n0\r\n{trailers}\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        return await client.AskAsync(RawRequest.Get("/", "TE: trailers"));
    }
}
