using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class FramingTests
{
    [Fact]
    public async Task Requests_in_a_row_take_one_connection_on_either_side()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ok", (await client.AskAsync(i % 2 == 0 ? RawRequest.Get() : RawRequest.Post("hello"))).Text);
        }

        Assert.Equal((5, 1), (destination.Requests.Count, destination.Connections));
    }

    [Fact]
    public async Task A_connection_that_the_client_closes_leaves_the_one_to_the_destination_open()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);

        for (var i = 0; i < 3; i++)
        {
            using var client = await proxy.ConnectAsync();
            var answer = await client.AskAsync(RawRequest.Get("/", "Connection: close"));
            Assert.Equal("close", answer.Header("Connection"));
            Assert.Equal(0, await client.WaitForCloseAsync());
        }

        Assert.Equal((3, 1), (destination.Requests.Count, destination.Connections));
    }

    [Fact]
    public async Task A_connection_that_the_destination_closes_leaves_the_one_to_the_client_open()
    {
        await using var destination = new FakeDestination(Behave.RawThenClose("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.Null((await client.AskAsync(RawRequest.Post("hello"))).Header("Connection"));
        }

        Assert.Equal((3, 3), (destination.Requests.Count, destination.Connections));
    }

    [Fact]
    public async Task A_length_is_kept_on_the_way_up()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Post("hello"));

        var request = destination.Requests[0];
        Assert.Equal(("5", null, "hello"), (request.Header("Content-Length"), request.Header("Transfer-Encoding"), request.Body));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Chunks_stay_chunks_on_the_way_up(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.ChunkedPost().Replace("POST", method, StringComparison.Ordinal) + "5\r\nhello\r\n00006;ext=1\r\n world\r\n0\r\n\r\n");

        var request = destination.Requests[0];
        Assert.Equal((null, "chunked", "hello world"), (request.Header("Content-Length"), request.Header("Transfer-Encoding"), request.Body));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task An_empty_chunked_body_is_a_body_without_bytes(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.ChunkedPost().Replace("POST", method, StringComparison.Ordinal) + "0\r\n\r\n");

        Assert.Equal((200, ""), (answer.Status, destination.Requests[0].Body));
    }

    [Theory]
    [InlineData("POST", "0")]
    [InlineData("PUT", "0")]
    [InlineData("PATCH", "0")]
    public async Task A_body_of_no_bytes_says_so(string method, string length)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.WithoutBody(method, "/", "Content-Length: 0"));

        Assert.Equal((length, null), (destination.Requests[0].Header("Content-Length"), destination.Requests[0].Header("Transfer-Encoding")));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task A_request_without_a_body_gets_no_framing(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.WithoutBody(method));

        Assert.Equal((null, null), (destination.Requests[0].Header("Content-Length"), destination.Requests[0].Header("Transfer-Encoding")));
    }

    [Fact]
    public async Task A_length_is_kept_on_the_way_down()
    {
        var answer = await GetAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal(("5", null, "hello"), (answer.Header("Content-Length"), answer.Header("Transfer-Encoding"), answer.Text));
    }

    [Theory]
    [InlineData("5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", "hello world")]
    [InlineData("0\r\n\r\n", "")]
    public async Task Chunks_stay_chunks_on_the_way_down(string chunks, string body)
    {
        var answer = await GetAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);

        Assert.Equal((null, "chunked", body), (answer.Header("Content-Length"), answer.Header("Transfer-Encoding"), answer.Text));
    }

    // As many digits as a chunk's size can have, and either side of what is read at once.
    [Theory]
    [InlineData("Kestrel", true)]
    [InlineData("Kestrel", false)]
    [InlineData("EventLoop", true)]
    [InlineData("EventLoop", false)]
    public async Task Pieces_of_every_size_arrive_as_they_were_sent(string engine, bool isChunked)
    {
        int[] sizes = [1, 15, 16, 255, 256, 4_095, 4_096, 4_097, 65_527, 65_528, 65_529, 65_536, 200_000, 1, 70_000, 3];
        using var taken = new SemaphoreSlim(0);
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {sizes.Sum()}")}\r\n\r\n");
            foreach (var size in sizes)
            {
                await exchange.SendAsync(isChunked ? $"{size:x}\r\n{Text.OfLength(size)}\r\n" : Text.OfLength(size));
                await taken.WaitAsync(exchange.Stopping);
            }

            await exchange.SendAsync(isChunked ? "0\r\n\r\n" : "");
        });
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Engine"] = engine }, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        foreach (var size in sizes)
        {
            var piece = new StringBuilder();
            while (piece.Length < size)
            {
                piece.Append(isChunked ? await client.ReadChunkAsync() : await client.ReadTextAsync(size));
            }

            Assert.Equal(Text.OfLength(size), piece.ToString());
            taken.Release();
        }

        Assert.Equal("", isChunked ? await client.ReadChunkAsync() : "");
    }

    [Fact]
    public async Task Chunks_end_before_a_connection_that_the_client_wants_closed()
    {
        await using var destination = new FakeDestination(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "Connection: close"));

        Assert.Equal(("chunked", "close", "hello"), (answer.Header("Transfer-Encoding"), answer.Header("Connection"), answer.Text));
        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task An_empty_body_of_known_length_stays_one()
    {
        var answer = await GetAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(("0", null), (answer.Header("Content-Length"), answer.Header("Transfer-Encoding")));
    }

    [Theory]
    [InlineData("GET", "204 No Content", "")]
    [InlineData("GET", "204 No Content", "X-A: b\r\n")]
    [InlineData("GET", "304 Not Modified", "")]
    [InlineData("GET", "304 Not Modified", "Content-Length: 1234\r\n")]
    [InlineData("GET", "304 Not Modified", "Transfer-Encoding: chunked\r\n")]
    [InlineData("HEAD", "200 OK", "Content-Length: 1234\r\n")]
    [InlineData("HEAD", "200 OK", "Transfer-Encoding: chunked\r\n")]
    [InlineData("HEAD", "200 OK", "")]
    [InlineData("HEAD", "404 Not Found", "Content-Length: 9\r\n")]
    [InlineData("GET", "205 Reset Content", "Content-Length: 0\r\n")]
    [InlineData("GET", "205 Reset Content", "Transfer-Encoding: chunked\r\n\r\n0\r\n")]
    public async Task An_answer_without_a_body_ends_with_its_head(string method, string status, string lines)
    {
        await using var destination = new FakeDestination(Behave.Ok("next")).Next(Behave.Raw($"HTTP/1.1 {status}\r\n{lines}\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.WithoutBody(method) + RawRequest.Get());
        var first = await client.ReadAnswerAsync(toHead: true);
        var second = await client.ReadAnswerAsync();

        Assert.Equal(($"HTTP/1.1 {status}", 1, "next"), (first.StatusLine, destination.Connections, second.Text));
        Assert.Empty(first.Headers("Transfer-Encoding"));
    }

    [Theory]
    [InlineData("HEAD", "200 OK", "Content-Length: 1234", "1234")]
    [InlineData("GET", "304 Not Modified", "Content-Length: 1234", "1234")]
    [InlineData("GET", "204 No Content", "Content-Length: 0", null)]
    public async Task The_length_that_a_body_would_have_is_kept(string method, string status, string line, string? length)
    {
        await using var destination = new FakeDestination(Behave.Raw($"HTTP/1.1 {status}\r\n{line}\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.WithoutBody(method));
        var answer = await client.ReadAnswerAsync(toHead: true);

        Assert.Equal(length, answer.Header("Content-Length"));
    }

    [Fact]
    public async Task Requests_sent_without_waiting_are_answered_in_order()
    {
        await using var destination = new FakeDestination(async exchange => await Behave.Ok(exchange.Request.Target)(exchange));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => i % 3 == 1 ? RawRequest.Post("hello").Replace(" / ", $" /{i} ", StringComparison.Ordinal) : RawRequest.Get($"/{i}"))));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"/{i}", (await client.ReadAnswerAsync()).Text);
        }
    }

    private static async Task<RawAnswer> GetAsync(string bytes)
    {
        await using var destination = new FakeDestination(Behave.Raw(bytes));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        return await client.AskAsync(RawRequest.Get());
    }
}
