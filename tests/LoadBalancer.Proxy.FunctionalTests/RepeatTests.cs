using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Requests that are sent again: how many at once, after which pause, and when an answer takes too long to begin.</summary>
public abstract class RepeatTests : IAsyncLifetime
{
    private readonly FakeDestination _a = new(Behave.Ok("a"));
    private readonly FakeDestination _b = new(Behave.Ok("b"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_answer_that_does_not_begin_in_time_comes_from_another()
    {
        _a.Next(Behave.Hang());
        await using var proxy = await StartAsync(new() { ["Clusters:web:HttpRequest:FirstByteTimeout"] = "200ms" });

        Assert.Equal("b", await proxy.Client.GetStringAsync("/").InTime());
        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=timeout"));
    }

    [Fact]
    public async Task A_POST_is_not_sent_again()
    {
        _a.Next(Behave.Hang());
        await using var proxy = await StartAsync(new() { ["Clusters:web:HttpRequest:FirstByteTimeout"] = "200ms" });

        using var answer = await proxy.Client.PostAsync("/", new StringContent("order")).InTime();

        Assert.Equal((HttpStatusCode.GatewayTimeout, 0), (answer.StatusCode, _b.Requests.Count));
    }

    [Fact]
    public async Task An_answer_that_has_begun_may_take_longer()
    {
        _a.Next(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            await Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System, exchange.Stopping);
            await exchange.SendAsync("-last");
        });
        await using var proxy = await StartAsync(new() { ["Clusters:web:HttpRequest:FirstByteTimeout"] = "200ms" });

        Assert.Equal("first-last", await proxy.Client.GetStringAsync("/").InTime());
    }

    [Fact]
    public async Task Without_a_budget_a_broken_connection_is_told_the_client()
    {
        _a.Next(Behave.Reset());
        await using var proxy = await StartAsync(new()
        {
            ["Clusters:web:Retry:Budget:Share"] = "0",
            ["Clusters:web:Retry:Budget:MinimumConcurrent"] = "0",
            ["Clusters:web:Retry:Budget:Burst"] = "0",
        });

        using var answer = await proxy.Client.GetAsync("/").InTime();

        Assert.Equal((HttpStatusCode.BadGateway, 1, 0), (answer.StatusCode, proxy.Metrics.Observe("lb.retries.refused", "lb.cluster=web"), _b.Requests.Count));
        Assert.Equal(1, (await proxy.DescribeClusterAsync("web")).GetProperty("retriesRefused").GetInt64());
    }

    [Fact]
    public async Task A_request_waits_before_it_is_sent_again()
    {
        _a.Next(Behave.Reset());
        var clock = new ManualTimeProvider();
        await using var proxy = await StartAsync(new() { ["Clusters:web:Retry:Backoff"] = "20s", ["Clusters:web:Retry:MaximumBackoff"] = "20s" }, clock);

        var sending = proxy.Client.PutAsync("/", new StringContent("body"));
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=reset") == 1, "the first attempt has failed");
        clock.Advance(TimeSpan.FromSeconds(9));
        var before = _b.Requests.Count;
        clock.Advance(TimeSpan.FromSeconds(11));
        using var answer = await sending.InTime();

        Assert.Equal((0, "b", "body"), (before, await answer.Content.ReadAsStringAsync(), Assert.Single(_b.Requests).Body));
        Assert.Equal((1, 0), (proxy.Metrics.Sum("lb.retries"), proxy.Metrics.Sum("lb.hedges")));
    }

    [Fact]
    public async Task A_client_that_leaves_meanwhile_ends_it()
    {
        _a.Next(Behave.Reset());
        await using var proxy = await StartAsync(new() { ["Clusters:web:Retry:Backoff"] = "1m", ["Clusters:web:Retry:MaximumBackoff"] = "1m" });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=reset") == 1, "the first attempt has failed");
            client.Abort();
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.outcome=client_left") == 1, "the request has ended");
        Assert.Empty(_b.Requests);
    }

    private Task<ProxyHost> StartAsync(Dictionary<string, string?> settings, TimeProvider? clock = null) =>
        ProxyHost.StartAsync(clock ?? TimeProvider.System, settings, _a.Address, _b.Address);
}
