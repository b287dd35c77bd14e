using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;
using static LoadBalancer.Proxy.FunctionalTests.EventLoopHost;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the event loop bears: clients and destinations that take nothing, heads without end, reloads without end, and its own defects.</summary>
public sealed class EventLoopRobustnessTests(ITestOutputHelper output)
{
    private const int MostHeld = 256 * 1024;
    private const long Large = 256L * 1024 * 1024;

    // More than the system takes off the hands of both sides, and far less than all of it.
    private const long MostUnderWay = 64L * 1024 * 1024;

    private static readonly byte[] Piece = new byte[64 * 1024];

    [Fact]
    public async Task Of_a_large_answer_that_its_client_never_reads_little_is_held_and_the_rest_stays_with_its_destination()
    {
        var sent = 0L;
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Large}\r\n\r\n");
            for (; sent < Large; sent += Piece.Length)
            {
                await exchange.Stream.WriteAsync(Piece, exchange.Stopping);
            }
        });
        await using var proxy = await StartAsync([], destination);
        using var client = await RawClient.ConnectAsync(proxy.Address, receiveBuffer: 4096);
        var loop = LoopOf(proxy);

        await client.SendAsync(RawRequest.Get());
        await WaitForStillnessAsync(() => Volatile.Read(ref sent));

        Assert.InRange(await HeldAsync(loop), 1, MostHeld);
        Assert.InRange(sent, 1, MostUnderWay);
        client.Abort();
        await Eventually.HoldsAsync(async () => await HeldAsync(loop) == 0, "nothing is held any more");
    }

    [Fact]
    public async Task Of_a_large_upload_that_its_destination_never_reads_little_is_held_and_the_rest_stays_with_its_client()
    {
        var sent = 0L;
        await using var destination = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync([], destination);
        using var client = await proxy.ConnectAsync();
        var loop = LoopOf(proxy);

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {Large}\r\n\r\n");
        var sending = Task.Run(async () =>
        {
            for (; sent < Large; sent += Piece.Length)
            {
                await client.SendAsync(Piece);
            }
        });
        await destination.WaitForRequestAsync();
        await WaitForStillnessAsync(() => Volatile.Read(ref sent));

        Assert.InRange(await HeldAsync(loop), 1, MostHeld);
        Assert.InRange(sent, 1, MostUnderWay);
        client.Abort();
        await Assert.ThrowsAnyAsync<Exception>(() => sending);
        await Eventually.HoldsAsync(async () => await HeldAsync(loop) == 0, "nothing is held any more");
    }

    [Fact]
    public async Task Two_thousand_heads_that_dribble_are_refused_in_time_and_hold_nobody_up()
    {
        const int slow = 2000;
        var patience = TimeSpan.FromSeconds(3);
        Assert.SkipWhen(Telemetry.FileDescriptors.Limit() is < (2 * slow) + 500, "There are not as many descriptors here.");
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync(new() { ["Limits:RequestHeadTimeout"] = $"{patience.TotalSeconds}s" }, destination);
        using var quick = await proxy.ConnectAsync();
        var clients = new List<RawClient>();
        for (var i = 0; i < slow; i++)
        {
            clients.Add(await proxy.ConnectAsync());
            await clients[^1].SendAsync("GET / HTTP/1.1\r\nX-");
        }

        var started = TimeProvider.System.GetTimestamp();
        var refused = Task.WhenAll(clients.Select(client => client.ReadAnswerAsync()));
        var rounds = 0;
        for (; !refused.IsCompleted; rounds++)
        {
            await AskAsync(quick, 10);
            foreach (var client in clients)
            {
                await DribbleAsync(client);
            }
        }

        output.WriteLine($"{rounds} rounds; the last was refused {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s after the last had begun");
        Assert.All(await refused, answer => Assert.Equal(408, answer.Status));
        await Task.WhenAll(clients.Select(client => client.WaitForCloseAsync()));
        clients.ForEach(client => client.Dispose());
        await AskAsync(quick, 1);
        await Eventually.HoldsAsync(() => LoopsOf(proxy).Sum(loop => loop.Connections) == 1, "no other connection is left");
    }

    [Fact]
    public async Task Fifty_reloads_of_listeners_refuse_and_reset_no_connection()
    {
        const int reloads = 50;
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        var main = TakenAddress.Freed();
        var (alone, with) = (new[] { $"main={main}" }, new[] { $"main={main}", "extra", "another" });
        await using var run = await ReloadingProxy.StartAsync(alone, ("a", destination));
        using var over = new CancellationTokenSource();
        var asked = 0;
        var asking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                using var client = await RawClient.ConnectAsync(main);
                Assert.Equal("ok", (await client.AskAsync(RawRequest.Get("/", "Connection: close"))).Text);
                Interlocked.Increment(ref asked);
            }
        })));

        for (var reload = 0; reload < reloads && !asking.IsCompleted; reload++)
        {
            await run.ReloadAsync(reload % 2 == 0 ? with : alone, ("a", destination));
        }

        await over.CancelAsync();
        await asking.InTime();
        output.WriteLine($"{asked} connections over {reloads} reloads");
        Assert.InRange(asked, reloads, int.MaxValue);
    }

    [Fact]
    public async Task A_defect_ends_the_one_connection_is_told_once_and_counted_and_the_loop_goes_on()
    {
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        var clock = new DefectiveClock();
        await using var proxy = await ProxyHost.StartAsync(clock, Settings, destination.Address);
        using var other = await proxy.ConnectAsync();
        using var client = await proxy.ConnectAsync();
        await AskAsync(other, 1);

        clock.FailOnce();
        await client.SendAsync(RawRequest.Get());
        await client.WaitForCloseAsync();

        var record = Assert.Single(proxy.Logs.Records, record => record.Level >= LogLevel.Error);
        Assert.Contains(nameof(DefectiveClock), record.Exception?.StackTrace, StringComparison.Ordinal);
        Assert.Equal((1, 1), (LoopOf(proxy).Defects, proxy.Metrics.Sum("lb.requests", "lb.outcome=defect")));
        await AskAsync(other, 1);
        await Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("inFlight").GetInt32() == 0, "nothing is in flight any more");
    }

    private static async Task DribbleAsync(RawClient client)
    {
        try
        {
            await client.SendAsync("a");
        }
        catch (IOException)
        {
            // It has been refused, and hung up on.
        }
    }

    // Until nothing has moved for as long as ten looks take.
    private static async Task WaitForStillnessAsync(Func<long> moved)
    {
        var (seen, times) = (0L, 0);
        await Eventually.HoldsAsync(
            () =>
            {
                var now = moved();
                (seen, times) = (now, now > 0 && now == seen ? times + 1 : 0);
                return times == 10;
            },
            "nothing moves any more");
    }

    /// <summary>The system's clock, but that it fails when a loop asks for the time of day.</summary>
    private sealed class DefectiveClock : TimeProvider
    {
        private int _fails;

        public void FailOnce() => Volatile.Write(ref _fails, 1);

        public override DateTimeOffset GetUtcNow() =>
            Thread.CurrentThread.Name?.StartsWith("event loop", StringComparison.Ordinal) == true && Interlocked.Exchange(ref _fails, 0) == 1
                ? throw new InvalidOperationException("The clock has stopped.")
                : System.GetUtcNow();
    }
}
