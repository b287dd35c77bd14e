using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A proxy that has too much to do.</summary>
public sealed class OverloadTests
{
    public static TheoryData<string> Engines => AccessLogTests.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Requests_beyond_the_limit_are_refused_until_one_has_ended(string engine)
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination().Next(Behave.After(gate.Task, Behave.Ok("first")));
        await using var proxy = await StartAsync(engine, new() { ["Overload:MaxRequests"] = "1" }, destination);
        var first = proxy.Client.GetStringAsync("/");
        await destination.WaitForRequestAsync();
        using var client = await proxy.ConnectAsync();

        var refused = await client.AskAsync(RawRequest.Get());
        gate.SetResult();
        await first;
        await Eventually.HoldsAsync(async () => (await client.AskAsync(RawRequest.Get())).Status == 200, "there is room again");

        Assert.Equal((503, "1"), (refused.Status, refused.Header("Retry-After")));
        Assert.Contains("Too busy", refused.Text, StringComparison.Ordinal);
        Assert.InRange(proxy.Metrics.Sum("lb.shed", "lb.reason=max_requests"), 1, 1000);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_that_left_makes_room(string engine)
    {
        await using var destination = new FakeDestination(Behave.Ok("ok")).Next(Behave.Hang());
        await using var proxy = await StartAsync(engine, new() { ["Overload:MaxRequests"] = "1" }, destination);
        using (var leaving = await proxy.ConnectAsync())
        {
            await leaving.SendAsync(RawRequest.Get());
            await destination.WaitForRequestAsync();
            leaving.Abort();
        }

        using var client = await proxy.ConnectAsync();

        await Eventually.HoldsAsync(async () => (await client.AskAsync(RawRequest.Get())).Status == 200, "there is room");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Connections_beyond_the_limit_get_one_answer_and_others_go_on(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, new() { ["Overload:MaxConnections"] = "1" }, destination);
        using var one = await proxy.ConnectAsync();
        await one.AskAsync(RawRequest.Get());
        using var other = await proxy.ConnectAsync();

        var refused = await other.AskAsync(RawRequest.Get());
        await other.WaitForCloseAsync();

        Assert.Equal((503, "close", "1"), (refused.Status, refused.Header("Connection"), refused.Header("Retry-After")));
        Assert.Equal(200, (await one.AskAsync(RawRequest.Get())).Status);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task While_memory_is_short_requests_are_refused_and_it_is_told_when_that_begins_and_ends(string engine)
    {
        var (clock, memory) = (new ManualTimeProvider(), 0L);
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string?> { ["LoadBalancer:Engine"] = engine, ["LoadBalancer:Overload:MaxMemory"] = "100000000", ["LoadBalancer:Clusters:web:Destinations:a:Address"] = destination.Address } },
            services => services.AddSingleton<TimeProvider>(clock).AddSingleton<ReadMemory>(() => Interlocked.Read(ref memory)));
        using var client = await proxy.ConnectAsync();

        async Task UntilAsync(Func<Task<bool>> holds, string what) => await Eventually.HoldsAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return holds();
            },
            what);

        Assert.Equal(200, (await client.AskAsync(RawRequest.Get())).Status);
        Interlocked.Exchange(ref memory, 100_000_001);
        await UntilAsync(async () => (await client.AskAsync(RawRequest.Get())).Status == 503, "requests are refused");
        await UntilAsync(() => Task.FromResult(proxy.Logs.Records.Any(record => record.Message.Contains("Overload:MaxMemory allows", StringComparison.Ordinal))), "it is told");
        Interlocked.Exchange(ref memory, 50_000_000);
        await UntilAsync(async () => (await client.AskAsync(RawRequest.Get())).Status == 200, "there is room again");
        await UntilAsync(() => Task.FromResult(proxy.Logs.Records.Any(record => record.Message.StartsWith("no requests are refused any more for Overload:MaxMemory; ", StringComparison.Ordinal))), "the end is told");

        Assert.Equal([LogLevel.Warning, LogLevel.Warning], proxy.Logs.Records.Where(record => record.Category.EndsWith(nameof(OverloadWatch), StringComparison.Ordinal)).Select(record => record.Level));
    }

    private static Task<ProxyHost> StartAsync(string engine, Dictionary<string, string?> settings, FakeDestination destination) =>
        ProxyHost.StartAsync(new Dictionary<string, string?>(settings) { ["Engine"] = engine }, destination.Address);
}
