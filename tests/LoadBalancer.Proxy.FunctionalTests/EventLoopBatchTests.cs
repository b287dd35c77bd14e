using System.Globalization;
using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Testing;
using static LoadBalancer.Proxy.FunctionalTests.EventLoopHost;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What a loop does for many connections at once, with io_uring and without: whatever it finds at once, everyone gets what is theirs.</summary>
/// <remarks>The loop is held while something is brought about, so that it finds all of that in one turn.</remarks>
public sealed class EventLoopBatchTests
{
    // More than one batch.
    private const int Many = 40;

    public static TheoryData<bool, string> Answers { get; } = new()
    {
        { true, "short" }, { true, "long" }, { true, "chunked" }, { true, "closed" }, { true, "empty" },
        { false, "short" }, { false, "long" }, { false, "chunked" }, { false, "closed" }, { false, "empty" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Requests_and_answers_that_come_at_once_go_to_whom_they_are_for(bool usesRing, string kind)
    {
        var (asked, answered, gate) = (0, 0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var destination = new FakeDestination(async exchange =>
        {
            Interlocked.Increment(ref asked);
            await gate.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync(AnswerOf(kind, exchange.Request.Target));
            if (kind == "closed")
            {
                exchange.Stream.Dispose();
            }

            Interlocked.Increment(ref answered);
        });
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var loop = LoopOf(proxy);
        var clients = await ConnectAsync(proxy, loop);

        await AtOnceAsync(loop, () => Task.WhenAll(clients.Select((client, index) => client.SendAsync(RawRequest.Get($"/{index}")))));
        await Eventually.HoldsAsync(() => Volatile.Read(ref asked) == Many, "all are asked");
        await AtOnceAsync(loop, async () =>
        {
            gate.SetResult();

            // Of a long one, the rest comes when the first of it was taken.
            await Eventually.HoldsAsync(() => kind == "long" || Volatile.Read(ref answered) == Many, "all are answered");
        });

        await AssertAnswersAsync(clients, kind);

        await Eventually.HoldsAsync(async () => await HeldAsync(loop) == 0, "nothing is held any more");
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task What_comes_at_once_is_received_in_a_few_calls_and_sent_in_a_few_more()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var destination = new FakeDestination(Behave.After(second.Task, Behave.Ok("second")));
        destination.Next([.. Enumerable.Repeat(Behave.After(first.Task, Behave.Ok("first")), Many)]);
        await using var proxy = await StartAsync([], destination);
        var loop = LoopOf(proxy);
        Assert.SkipWhen(loop.Ring is null, "The system lets this process have no io_uring.");
        var clients = await ConnectAsync(proxy, loop);

        // From here on there are as many connections to the destination as there are clients.
        var answers = clients.Select(client => client.AskAsync(RawRequest.Get())).ToList();
        await destination.WaitForRequestAsync(Many);
        first.SetResult();
        await Task.WhenAll(answers);
        var before = await OnAsync(loop, () => (loop.Ring.Operations, loop.Ring.Calls));

        var sockets = await OnAsync(loop, () => loop.Watched.OfType<DownstreamConnection>().Select(connection => connection.Descriptor).ToList());
        await AtOnceAsync(loop, async () =>
        {
            await Task.WhenAll(clients.Select(client => client.SendAsync(RawRequest.Get())));
            await Eventually.HoldsAsync(() => sockets.TrueForAll(socket => Syscalls.Peek(socket) > 0), "all are there");
        });
        await destination.WaitForRequestAsync(2 * Many);

        // Both are of all but one, that may be left alone behind the last whole batch. The answers come as they come.
        var after = await OnAsync(loop, () => (loop.Ring.Operations, loop.Ring.Calls));
        Assert.True(after.Operations - before.Operations >= 2 * (Many - 1), $"{after.Operations - before.Operations} operations");
        Assert.True((after.Calls - before.Calls) * 2 <= after.Operations - before.Operations, $"{after.Operations - before.Operations} operations in {after.Calls - before.Calls} calls");
        second.SetResult();
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_io_uring_a_loop_has_no_ring(bool usesRing)
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync(Using(usesRing), destination);

        using var ring = SubmissionRing.TryCreate(out _);
        Assert.Equal(usesRing && ring is not null, LoopOf(proxy).Ring is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Halves_of_heads_that_come_at_once_wait_for_the_other_halves(bool usesRing)
    {
        await using var destination = new FakeDestination(SayTarget);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var loop = LoopOf(proxy);
        var clients = await ConnectAsync(proxy, loop);

        await AtOnceAsync(loop, () => Task.WhenAll(clients.Select((client, index) => client.SendAsync($"GET /{index} HT"))));
        await OnAsync(loop, () => true);
        await AtOnceAsync(loop, () => Task.WhenAll(clients.Select((client, index) => client.SendAsync($"TP/1.1\r\nHost: {index}\r\n\r\n"))));

        await AssertAnswersAsync(clients, "short");

        await Eventually.HoldsAsync(async () => await HeldAsync(loop) == 0, "nothing is held any more");
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(true, 16 * 1024)]
    [InlineData(true, 200 * 1024)]
    [InlineData(false, 16 * 1024)]
    public async Task Bodies_that_come_at_once_go_whole_to_the_destination(bool usesRing, int length)
    {
        await using var destination = new FakeDestination(Echo);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var loop = LoopOf(proxy);
        var clients = await ConnectAsync(proxy, loop);
        var bodies = clients.Select((_, index) => new string((char)('0' + index), length)).ToList();

        // What the system does not take at once goes on when the loop takes it.
        Task sending = Task.CompletedTask;
        await AtOnceAsync(loop, () =>
        {
            sending = Task.WhenAll(clients.Select((client, index) => client.SendAsync(RawRequest.Post(bodies[index]))));
            return Task.CompletedTask;
        });

        var answers = await Task.WhenAll(clients.Select(client => client.ReadAnswerAsync()));
        await sending;
        Assert.Equal(bodies, answers.Select(answer => answer.Text));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_after_which_connections_are_closed_are_sent_first(bool usesRing)
    {
        await using var destination = new FakeDestination(SayTarget);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var clients = await ConnectAsync(proxy, LoopOf(proxy));

        await AtOnceAsync(LoopOf(proxy), () => Task.WhenAll(clients.Select((client, index) => client.SendAsync(RawRequest.Get($"/{index}", "Connection: close")))));

        await AssertAnswersAsync(clients, "short");
        Assert.All(await Task.WhenAll(clients.Select(client => client.WaitForCloseAsync())), behind => Assert.Equal(0, behind));

        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refusals_after_which_connections_are_closed_are_sent_first(bool usesRing)
    {
        await using var destination = new FakeDestination(SayTarget);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var clients = await ConnectAsync(proxy, LoopOf(proxy));

        await AtOnceAsync(LoopOf(proxy), () => Task.WhenAll(clients.Select(client => client.SendAsync("GET\r\n\r\n"))));

        Assert.All(await Task.WhenAll(clients.Select(client => client.ReadAnswerAsync())), answer => Assert.Equal(400, answer.Status));
        Assert.All(await Task.WhenAll(clients.Select(client => client.WaitForCloseAsync())), behind => Assert.Equal(0, behind));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_that_clients_do_not_take_yet_wait_and_come_in_order(bool usesRing)
    {
        // More of them than the system takes off the proxy's hands for a client that reads nothing.
        const int requests = 2000;
        await using var destination = new FakeDestination(SayTarget);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RawClient.ConnectAsync(proxy.Address, receiveBuffer: 4096)));
        var sending = clients.Select(client => client.SendAsync(string.Concat(Enumerable.Range(0, requests).Select(number => RawRequest.Get($"/{number}"))))).ToList();
        await Eventually.HoldsAsync(async () => await HeldAsync(LoopOf(proxy)) > 0, "some answers wait");

        await Task.WhenAll(clients.Select(async client =>
        {
            for (var number = 0; number < requests; number++)
            {
                Assert.Equal(BodyOf("short", $"/{number}"), (await client.ReadAnswerAsync()).Text);
            }
        }));
        await Task.WhenAll(sending);
        Array.ForEach(clients, client => client.Dispose());
    }

    // They are taken for requests, and found to be broken when these are sent: nothing of which was.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_for_connections_that_destinations_reset_just_then_are_made_again(bool usesRing)
    {
        const int few = 4;
        var (reset, hasReset) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        await using var a = new FakeDestination();
        await using var b = new FakeDestination(Behave.Ok("again"));
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = 0;
        Behaviour thenReset = async exchange =>
        {
            if (Interlocked.Increment(ref first) == few)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
            await reset.Task.WaitAsync(exchange.Stopping);
            exchange.Reset();
            Interlocked.Increment(ref hasReset);
        };
        a.Next([.. Enumerable.Repeat(thenReset, few)]);
        await using var proxy = await StartAsync(new(Using(usesRing)) { ["Clusters:web:LoadBalancingPolicy"] = "FirstAlphabetical" }, a, b);
        var clients = await Task.WhenAll(Enumerable.Range(0, few).Select(_ => proxy.ConnectAsync()));
        var answers = await Task.WhenAll(clients.Select(client => client.AskAsync(RawRequest.WithoutBody("POST", "/", "Content-Length: 0"))));
        Assert.All(answers, answer => Assert.Equal("first", answer.Text));

        await AtOnceAsync(LoopOf(proxy), async () =>
        {
            await Task.WhenAll(clients.Select(client => client.SendAsync(RawRequest.WithoutBody("POST", "/", "Content-Length: 0"))));
            reset.SetResult();
            await Eventually.HoldsAsync(() => Volatile.Read(ref hasReset) == few, "all are reset");
        });

        Assert.All(await Task.WhenAll(clients.Select(client => client.ReadAnswerAsync())), answer => Assert.Equal("again", answer.Text));
        Array.ForEach(clients, client => client.Dispose());
    }

    // Some answers are queued when it is found that their clients have left.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_to_clients_that_leave_just_then_are_not_counted_as_given(bool usesRing)
    {
        var (gate, answered) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        await using var destination = new FakeDestination(Behave.After(gate.Task, async exchange =>
        {
            await SayTarget(exchange);
            Interlocked.Increment(ref answered);
        }));
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var clients = await ConnectAsync(proxy, LoopOf(proxy));
        await Task.WhenAll(clients.Select(client => client.SendAsync(RawRequest.Get())));
        await destination.WaitForRequestAsync(Many);

        await AtOnceAsync(LoopOf(proxy), async () =>
        {
            gate.SetResult();
            await Eventually.HoldsAsync(() => Volatile.Read(ref answered) == Many, "all are answered");
            Array.ForEach(clients, client => client.Abort());
        });

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.outcome=client_left") == Many, "all have left");
        Assert.Equal(Many, proxy.Metrics.Sum("lb.attempts", "lb.outcome=client_left"));
    }

    // The head is queued when the connection is there, and the body, which has come meanwhile, is not taken before that has gone.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_comes_while_its_connection_is_made_follows_the_head(bool usesRing)
    {
        await using var destination = new FakeDestination(Echo);
        await using var proxy = await StartAsync(Using(usesRing), destination);
        var loop = LoopOf(proxy);
        using var client = await proxy.ConnectAsync();
        await Eventually.HoldsAsync(async () => await OnAsync(loop, () => loop.Watched.OfType<DownstreamConnection>().Count()) == 1, "it is accepted");
        var socket = (await OnAsync(loop, () => loop.Watched.OfType<DownstreamConnection>().Single())).Descriptor;

        // In the turn that finds the head, the connection is begun; it is there, and the body too, in the next.
        var before = Hold(loop);
        await before.Held.InTime();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
        await Eventually.HoldsAsync(() => Syscalls.Peek(socket) > 0, "the head is there");
        var between = Hold(loop);
        before.Released.SetResult();
        await between.Held.InTime();
        await client.SendAsync("hello");
        await Eventually.HoldsAsync(() => Syscalls.Peek(socket) > 0, "the body is there");
        between.Released.SetResult();

        Assert.Equal("hello", (await client.ReadAnswerAsync()).Text);
    }

    private static Dictionary<string, string?> Using(bool ring) => new() { ["IoUring"] = ring ? "true" : "false" };

    private static Task SayTarget(FakeExchange exchange) => exchange.SendAsync(AnswerOf("short", exchange.Request.Target));

    private static async Task Echo(FakeExchange exchange)
    {
        var body = await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{Encoding.Latin1.GetString(body)}");
    }

    /// <summary>Each client has asked for its own number, and gets the answer to that.</summary>
    private static async Task AssertAnswersAsync(RawClient[] clients, string kind)
    {
        for (var index = 0; index < clients.Length; index++)
        {
            Assert.Equal(BodyOf(kind, $"/{index}"), (await clients[index].ReadAnswerAsync()).Text);
        }
    }

    /// <summary>Connects so many clients, all of which the loop has accepted.</summary>
    private static async Task<RawClient[]> ConnectAsync(ProxyHost proxy, EventLoop loop)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => proxy.ConnectAsync()));
        await Eventually.HoldsAsync(async () => await OnAsync(loop, () => loop.Watched.OfType<DownstreamConnection>().Count()) == Many, "all are accepted");
        return clients;
    }

    /// <summary>Holds the loop while something is brought about.</summary>
    private static async Task AtOnceAsync(EventLoop loop, Func<Task> bringAbout)
    {
        var (held, released) = Hold(loop);
        await held.InTime();
        try
        {
            await bringAbout();
        }
        finally
        {
            released.SetResult();
        }
    }

    /// <summary>Holds the loop, from when it opens its mail on, until it is released.</summary>
    private static (Task Held, TaskCompletionSource Released) Hold(EventLoop loop)
    {
        var (held, released) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        loop.Post(() =>
        {
            held.SetResult();
            released.Task.Wait();
        });
        return (held.Task, released);
    }

    private static string BodyOf(string kind, string target) => kind switch
    {
        "empty" => "",
        "long" => string.Concat(Enumerable.Repeat(target, 100_000)),
        _ => string.Concat(Enumerable.Repeat(target, 500)),
    };

    private static string AnswerOf(string kind, string target)
    {
        var body = BodyOf(kind, target);
        return kind switch
        {
            "empty" => "HTTP/1.1 204 No Content\r\n\r\n",
            "closed" => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body,
            "chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + RawRequest.Chunk(body[..(body.Length / 2)]) + RawRequest.Chunk(body[(body.Length / 2)..]) + RawRequest.Chunk(""),
            _ => string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
        };
    }
}
