using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What docs/operations.md lists under "Known limits of the Kestrel engine", as it is today. A test that fails here means that a limit has gone: strike it there.</summary>
public sealed class KnownLimitTests
{
    private static readonly Dictionary<string, string?> Kestrel = new() { ["Engine"] = "Kestrel" };

    [Theory]
    [InlineData("GET /  HTTP/1.1\r\nHost: example.com\r\n\r\n", "GET / HTTP/1.1")]
    [InlineData("get / HTTP/1.1\r\nHost: example.com\r\n\r\n", "GET / HTTP/1.1")]
    public async Task A_request_line_that_is_nearly_right_is_sent_on_right(string request, string line)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(request);

        Assert.Equal(line, destination.Requests[0].Head[0]);
    }

    [Fact]
    public async Task An_absolute_target_in_capitals_is_refused()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(400, (await client.AskAsync(RawRequest.Get("HTTP://example.com/"))).Status);
    }

    [Theory]
    [InlineData("+5", "5", "hello")]
    [InlineData("-0", "0", "")]
    [InlineData("5\v", "5", "hello")]
    public async Task A_length_that_is_nearly_a_number_is_sent_on_as_one(string sent, string got, string body)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync($"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {sent}\r\n\r\n{body}");

        Assert.Equal((got, body), (destination.Requests[0].Header("Content-Length"), destination.Requests[0].Body));
    }

    [Theory]
    [InlineData("5;a=b")]
    [InlineData("5;a=\"b\"")]
    [InlineData("5;\0")]
    [InlineData("5;;;")]
    public async Task A_chunk_extension_is_not_looked_at_and_dropped(string size)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.ChunkedPost() + size + "\r\nhello\r\n0\r\n\r\n");

        Assert.Equal(("chunked", "hello"), (destination.Requests[0].Header("Transfer-Encoding"), destination.Requests[0].Body));
    }

    [Theory]
    [InlineData("close, X-A")]
    [InlineData("X-A, keep-alive")]
    public async Task A_field_that_Connection_names_beside_a_known_word_passes(string connection)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get("/", $"Connection: {connection}", "X-A: b"));

        Assert.Equal("b", destination.Requests[0].Header("X-A"));
    }

    [Fact]
    public async Task A_client_that_shuts_its_sending_side_has_left()
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await destination.WaitForRequestAsync();
        client.FinishSending();

        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task Trailers_of_a_request_are_dropped()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.ChunkedPost() + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");

        Assert.Equal(("hello", null), (destination.Requests[0].Body, destination.Requests[0].Header("X-Sum")));
    }

    [Fact]
    public async Task An_answer_that_begins_before_the_request_has_ended_arrives_when_it_has()
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.ReadChunkAsync();
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            answered.SetResult();
        });
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("first"));
        await answered.Task.InTime();
        await client.SendAsync(RawRequest.Chunk("last") + RawRequest.Chunk(""));

        Assert.Equal("ok", (await client.ReadAnswerAsync()).Text);
    }

    [Fact]
    public async Task An_answer_is_lost_when_its_destination_hangs_up_on_the_rest_of_the_request()
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.ReadChunkAsync();
            await exchange.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            exchange.Reset();
            hungUp.SetResult();
        });
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("first"));
        await hungUp.Task.InTime();
        await client.SendAsync(RawRequest.Chunk("last") + RawRequest.Chunk(""));

        Assert.Equal(502, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task A_destination_that_hangs_up_while_the_client_keeps_it_waiting_for_the_body_is_noticed_late()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.ReadChunkAsync();
            exchange.Reset();
        });
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>(Kestrel) { ["Clusters:web:HttpRequest:ActivityTimeout"] = "300ms" }, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("first"));

        Assert.Equal(408, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task A_WebSocket_ends_when_one_side_shuts_its_sending_side()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            await exchange.WaitForCloseAsync();
            await exchange.SendAsync("late");
        });
        await using var proxy = await ProxyHost.StartAsync(Kestrel, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket"));
        await client.ReadHeadAsync();
        client.FinishSending();

        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task A_request_on_a_listener_that_is_closed_is_cut_off()
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var run = await ReloadingProxy.StartOnKestrelAsync(["main", "second"], ("a", destination));
        using var client = await RawClient.ConnectAsync(run.Proxy.Addresses.Listeners[1]);
        await client.SendAsync(RawRequest.Get("/"));
        await destination.WaitForRequestAsync();

        await run.ReloadAsync(["main"], ("a", destination));

        Assert.Equal(0, await client.WaitForCloseAsync());
    }
}
