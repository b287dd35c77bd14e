using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class StreamingTests
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 2", "ok")]
    [InlineData("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n")]
    public async Task The_head_arrives_before_there_is_a_body(string framing, string body)
    {
        await using var destination = new FakeDestination(Held($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n", body));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        var head = await client.ReadHeadAsync();
        _goOn.SetResult();

        Assert.Equal(200, head.Status);
    }

    [Fact]
    public async Task The_first_chunk_arrives_while_the_second_is_held()
    {
        await using var destination = new FakeDestination(Held("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n", "6\r\nsecond\r\n0\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        var first = await client.ReadChunkAsync();
        _goOn.SetResult();
        var second = await client.ReadChunkAsync();

        Assert.Equal(("first", "second"), (first, second));
    }

    [Fact]
    public async Task The_first_bytes_of_a_body_of_known_length_arrive_while_the_rest_is_held()
    {
        await using var destination = new FakeDestination(Held("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst", "second"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        var first = await client.ReadTextAsync(5);
        _goOn.SetResult();
        var second = await client.ReadTextAsync(6);

        Assert.Equal(("first", "second"), (first, second));
    }

    [Fact]
    public async Task A_body_that_ends_with_the_connection_arrives_as_it_comes()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.0 200 OK\r\n\r\nfirst");
            await _goOn.Task.WaitAsync(exchange.Stopping);
            exchange.Stream.Dispose();
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        var first = await client.ReadChunkAsync();
        _goOn.SetResult();
        var end = await client.ReadChunkAsync();

        Assert.Equal(("first", ""), (first, end));
    }

    [Fact]
    public async Task Events_arrive_one_by_one()
    {
        var turns = new SemaphoreSlim(0);
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 5; i++)
            {
                await turns.WaitAsync(exchange.Stopping);
                await exchange.SendAsync(RawRequest.Chunk($"data: {i}\n\n"));
            }

            await exchange.SendAsync(RawRequest.Chunk(""));
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        await using var stream = await proxy.Client.GetStreamAsync("/");
        using var events = new StreamReader(stream);

        for (var i = 0; i < 5; i++)
        {
            turns.Release();
            Assert.Equal($"data: {i}", await events.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTime());
            await events.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTime();
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task The_first_piece_of_a_chunked_request_body_reaches_the_destination_while_the_client_holds_the_rest(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        destination.Next(async exchange =>
        {
            first.SetResult(await exchange.ReadChunkAsync());
            await Behave.Ok("ok")(exchange);
        });

        await client.SendAsync(RawRequest.ChunkedPost().Replace("POST", method, StringComparison.Ordinal) + RawRequest.Chunk("first"));
        Assert.Equal("first", await first.Task.InTime());

        await client.SendAsync(RawRequest.Chunk("second") + RawRequest.Chunk(""));
        Assert.Equal(200, (await client.ReadAnswerAsync()).Status);
        Assert.Equal("second", destination.Requests[0].Body);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task The_first_piece_of_a_request_body_of_known_length_does_too(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        destination.Next(async exchange =>
        {
            first.SetResult(await exchange.ReadTextAsync(5));
            await exchange.ReadTextAsync(6);
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            exchange.Stream.Dispose();
        });

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 11\r\n\r\nfirst");
        Assert.Equal("first", await first.Task.InTime());

        await client.SendAsync("second");
        Assert.Equal(200, (await client.ReadAnswerAsync()).Status);
    }

    private Behaviour Held(string now, string later) => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await exchange.SendAsync(now);
        await _goOn.Task.WaitAsync(exchange.Stopping);
        await exchange.SendAsync(later);
    };
}
