using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static LoadBalancer.Proxy.FunctionalTests.EventLoopHost;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the event loop does that the other engine does not, and what it must not take for it.</summary>
public sealed class EventLoopTests
{
    private const int Limit = 256 * 1024;

    [Fact]
    public async Task A_request_allocates_nothing_on_the_thread_of_the_loop()
    {
        await using var destination = new FakeDestination(Behave.Ok("hello"));
        await using var proxy = await ProxyHost.StartAsync(
            new RunArguments { Settings = new Dictionary<string, string?> { ["LoadBalancer:Engine"] = "EventLoop", ["LoadBalancer:Clusters:web:Destinations:a:Address"] = destination.Address } },
            services => services.AddLogging(logging => logging.ClearProviders()));
        proxy.Metrics.Dispose();
        using var client = await proxy.ConnectAsync();
        var loop = LoopOf(proxy);

        await AskAsync(client, 1000);
        var before = await OnAsync(loop, GC.GetAllocatedBytesForCurrentThread);
        await AskAsync(client, 1000);
        var after = await OnAsync(loop, GC.GetAllocatedBytesForCurrentThread);

        // The results of the two questions themselves, and a look at the timers of each second, are all that there is.
        Assert.InRange(after - before, 0, 1000);
    }

    // It comes in the very turn of the loop in which the connection's time is up, after the loop has asked the system what there is.
    [Fact]
    public async Task A_request_that_comes_as_its_idle_connection_is_to_be_closed_is_served()
    {
        var clock = new ManualTimeProvider();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProxyHost.StartAsync(clock, new(Settings) { ["Limits:KeepAliveTimeout"] = "1m" }, a.Address);
        using var client = await proxy.ConnectAsync();
        await AskAsync(client, 1);

        await OnAsync(LoopOf(proxy), () =>
        {
            clock.Advance(TimeSpan.FromMinutes(2));
            LoopOf(proxy).Post(() => client.SendAsync(RawRequest.Get()).Wait());
            return true;
        });

        Assert.Equal("a", (await client.ReadAnswerAsync()).Text);
    }

    // The first answer had begun before the stop, so it could not say that its connection ends.
    [Fact]
    public async Task A_request_that_came_behind_an_answer_that_a_stop_caught_under_way_is_served()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination();
        a.Next(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await gate.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("world");
        });
        await using var proxy = await EventLoopHost.StartAsync([], a);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get() + RawRequest.Get());
        var first = await client.ReadHeadAsync();

        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        gate.SetResult();
        await client.Reader.ReadExactlyAsync(10, client.Deadline);
        var second = await client.ReadAnswerAsync();

        Assert.Equal((null, "close"), (first.Header("Connection"), second.Header("Connection")));
        Assert.Equal((0, 2), (await client.WaitForCloseAsync(), a.Requests.Count));
        await stop.InTime();
    }

    [Fact]
    public async Task Requests_that_come_together_are_answered_in_order()
    {
        await using var destination = new FakeDestination(async exchange => await Behave.Ok(exchange.Request.Target)(exchange));
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get("/1") + RawRequest.Post("body") + RawRequest.Get("/3"));

        Assert.Equal(["/1", "/", "/3"], [(await client.ReadAnswerAsync()).Text, (await client.ReadAnswerAsync()).Text, (await client.ReadAnswerAsync()).Text]);
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_answered()
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        foreach (var letter in RawRequest.ChunkedPost("X-A: b") + RawRequest.Chunk("hello") + RawRequest.Chunk(""))
        {
            await client.SendAsync(letter.ToString());
        }

        Assert.Equal(("ok", "hello"), ((await client.ReadAnswerAsync()).Text, destination.Requests[0].Body));
    }

    [Fact]
    public async Task A_client_that_has_finished_sending_is_answered()
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        client.FinishSending();
        await destination.WaitForRequestAsync();
        gate.SetResult();

        Assert.Equal("late", (await client.ReadAnswerAsync()).Text);
        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task Informational_answers_and_trailers_of_requests_are_passed_on()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
            while (await exchange.Request.Reader.ReadChunkAsync(exchange.Stopping) is { Length: > 0 })
            {
            }

            var trailers = await exchange.Request.Reader.ReadTrailersAsync(exchange.Stopping);
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nX-Trailers: {string.Join(", ", trailers)}\r\nContent-Length: 0\r\n\r\n");
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost());
        Assert.Equal((103, "</a.css>"), await client.ReadHeadAsync() is var hints ? (hints.Status, hints.Header("Link")) : default);
        await client.SendAsync(RawRequest.Chunk("hello") + "0\r\nX-Sum: 1\r\n\r\n");

        Assert.Equal("X-Sum: 1", (await client.ReadAnswerAsync()).Header("X-Trailers"));
    }

    [Fact]
    public async Task An_answer_arrives_though_its_destination_hangs_up_on_the_rest_of_the_request()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.ReadChunkAsync();
            await exchange.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            exchange.Reset();
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("first"));

        Assert.Equal((413, "no"), await client.ReadAnswerAsync() is var answer ? (answer.Status, answer.Text) : default);
        await client.WaitForCloseAsync();
    }

    [Fact]
    public async Task A_destination_that_hangs_up_on_an_upload_is_noticed_at_once()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.ReadChunkAsync();
            exchange.Reset();
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("first"));

        Assert.Equal(502, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task A_tunnel_goes_on_one_way_when_the_other_has_ended()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            await exchange.WaitForCloseAsync();
            await exchange.SendAsync("late");
            exchange.Stream.Dispose();
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket"));
        await client.ReadHeadAsync();
        client.FinishSending();

        Assert.Equal(4, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task Of_an_answer_that_its_client_does_not_take_no_more_is_held_than_one_read()
    {
        const int size = 32 * 1024 * 1024;
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
            await exchange.Stream.WriteAsync(new byte[size], exchange.Stopping);
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await RawClient.ConnectAsync(proxy.Address, receiveBuffer: 4096);
        var loop = LoopOf(proxy);

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        await Eventually.HoldsAsync(async () => await HeldAsync(loop) > 0, "the client is full");
        var most = 0L;
        for (var read = 0; read < size; read += 1024 * 1024)
        {
            most = Math.Max(most, await HeldAsync(loop));
            await client.Reader.ReadExactlyAsync(1024 * 1024, client.Deadline);
        }

        Assert.InRange(most, 1, Limit);
        await Eventually.HoldsAsync(async () => await HeldAsync(loop) == 0, "nothing is held any more");
    }

    [Fact]
    public async Task Of_an_upload_that_its_destination_does_not_take_no_more_is_held_than_one_read()
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination(Behave.After(gate.Task, Behave.Ok("ok")));
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();
        var loop = LoopOf(proxy);
        var body = new byte[16 * 1024 * 1024];

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
        var sending = client.SendAsync(body);
        await Eventually.HoldsAsync(async () => await HeldAsync(loop) > 0, "the destination is full");
        var held = await HeldAsync(loop);
        gate.SetResult();
        await sending;

        Assert.InRange(held, 1, Limit);
        Assert.Equal("ok", (await client.ReadAnswerAsync()).Text);
    }

    [Fact]
    public async Task Two_loops_take_turns_as_one_does()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var c = new FakeDestination(Behave.Ok("c"));
        await using var proxy = await StartAsync(new() { ["EventLoops"] = "2" }, a, b, c);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var client = await proxy.ConnectAsync();
            await AskAsync(client, 30);
        }));

        Assert.Equal([80, 80, 80], [a.Requests.Count, b.Requests.Count, c.Requests.Count]);
    }

    [Fact]
    public async Task Connections_are_spread_over_the_loops()
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync(new() { ["EventLoops"] = "2" }, destination);
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => proxy.ConnectAsync()));

        await Eventually.HoldsAsync(() => LoopsOf(proxy).Sum(loop => loop.Connections) == 20, "all are accepted");

        Assert.All(LoopsOf(proxy), loop => Assert.InRange(loop.Connections, 8, 12));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task A_head_that_dribbles_is_refused_in_time_and_holds_nobody_up()
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync(new() { ["Limits:RequestHeadTimeout"] = "1s" }, destination);
        var slow = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => proxy.ConnectAsync()));
        await Task.WhenAll(slow.Select(client => client.SendAsync("GET / HTTP/1.1\r\nX-")));
        using var quick = await proxy.ConnectAsync();

        await AskAsync(quick, 10);
        var answers = await Task.WhenAll(slow.Select(client => client.ReadAnswerAsync()));

        Assert.All(answers, answer => Assert.Equal(408, answer.Status));
        await Task.WhenAll(slow.Select(client => client.WaitForCloseAsync()));
        Array.ForEach(slow, client => client.Dispose());
    }

    [Fact]
    public async Task After_all_kinds_of_ends_nothing_is_left()
    {
        await using var destination = new FakeDestination(async exchange => await (exchange.Request.Target switch
        {
            "/reset" => Behave.Reset(),
            "/close" => Behave.Close(),
            "/half" => Behave.RawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            "/junk" => Behave.RawThenClose("junk\r\n\r\n"),
            _ => Behave.Ok("ok"),
        })(exchange));
        await using var proxy = await StartAsync([], destination);
        for (var round = 0; round < 10; round++)
        {
            foreach (var target in new[] { "/", "/reset", "/close", "/half", "/junk" })
            {
                using var client = await proxy.ConnectAsync();
                await client.SendAsync(RawRequest.Post(Text.OfLength(3000)).Replace("POST /", $"PUT {target}", StringComparison.Ordinal));
                await client.ReadHeadAsync();
            }
        }

        var services = Assert.Single(LoopsOf(proxy));
        await Eventually.HoldsAsync(
            async () => (services.Connections, await OnAsync(services.Loop, () => services.Loop.Buffers.Rented), services.Loop.Defects) == (0, 0, 0), "no connection and no buffer is left");
    }

    [Fact]
    public async Task Reloads_that_change_the_engine_lose_no_connection()
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        using var file = new ConfigFile(Json("EventLoop", destination));
        var clock = new ManualTimeProvider();
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path }, services => services.AddSingleton<TimeProvider>(clock));
        using var over = new CancellationTokenSource();
        var asked = 0;
        var asking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                using var client = await proxy.ConnectAsync();
                Assert.Equal("ok", (await client.AskAsync(RawRequest.Get("/", "Connection: close"))).Text);
                Interlocked.Increment(ref asked);
            }
        })));

        for (var reload = 1; reload <= 6; reload++)
        {
            file.Write(Json(reload % 2 == 1 ? "Kestrel" : "EventLoop", destination));
            await Eventually.HoldsAsync(
                () =>
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                    return proxy.Logs.Records.Count(record => record.Message == "configuration reloaded") == reload;
                },
                "the configuration is reloaded");
            var before = Volatile.Read(ref asked);
            await Eventually.HoldsAsync(() => Volatile.Read(ref asked) > before + 20 || asking.IsCompleted, "requests go on");
        }

        await over.CancelAsync();
        await asking.InTime();
    }

    [Fact]
    public async Task A_client_that_begins_with_HTTP2_is_told_in_it_to_use_HTTP11()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();
        byte[] settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        byte[] goAway = [0, 0, 8, 7, 0, 0, 0, 0, 0, /* last stream */ 0, 0, 0, 0, /* HTTP_1_1_REQUIRED */ 0, 0, 0, 0xd];
        byte[] request = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x82];

        // A client sends its first request behind the preface, without waiting for anything.
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        await client.SendAsync(settings);
        await client.SendAsync(request);

        byte[] expected = [.. settings, .. goAway];
        Assert.Equal(expected, await client.Reader.ReadToEndAsync(client.Deadline));
        Assert.Equal((1, 0), (proxy.Metrics.Count("http.server.request.duration", "http.response.status_code=505"), destination.Requests.Count));
    }

    [Fact]
    public async Task What_it_does_not_have_is_an_error_at_the_start()
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Engine"] = "EventLoop", ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" }, "http://127.0.0.1:1"));

        Assert.Contains("Clusters:web:HttpRequest", exception.Message, StringComparison.Ordinal);
    }

    private static string Json(string engine, FakeDestination destination) =>
        $$"""
        {
          "Engine": "{{engine}}",
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Admin": { "Url": "http://127.0.0.1:0" },
          "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
        }
        """;
}
