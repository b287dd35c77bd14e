using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>No destination gets more requests at once than it may; those that are too many wait for a place.</summary>
public abstract class QueueTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _goOn = new();
    private readonly FakeDestination _a;

    public QueueTests() => _a = new FakeDestination(Behave.After(_goOn.Task, Behave.Ok("a")));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task One_that_is_too_many_waits_for_its_turn()
    {
        await using var proxy = await StartAsync();

        var first = proxy.Client.GetStringAsync("/1");
        await _a.WaitForRequestAsync();
        var second = proxy.Client.PostAsync("/2", new StringContent("body"));
        await WaitingAsync(proxy, 1);
        var third = proxy.Client.GetStringAsync("/3");
        await WaitingAsync(proxy, 2);
        var before = _a.Requests.Count;
        _goOn.SetResult();
        await Task.WhenAll(first, second, third).InTime();

        Assert.Equal((1, "/1 /2 /3"), (before, string.Join(' ', _a.Requests.Select(request => request.Target))));
        Assert.Equal("body", _a.Requests[1].Body);
        await WaitingAsync(proxy, 0);
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_refused()
    {
        await using var proxy = await StartAsync(timeout: "100ms");

        var first = proxy.Client.GetStringAsync("/1");
        await _a.WaitForRequestAsync();
        using var second = await proxy.Client.GetAsync("/2").InTime();
        _goOn.SetResult();
        await first;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1), 1), (second.StatusCode, second.Headers.RetryAfter?.Delta, _a.Requests.Count));
        await proxy.WaitUntilCountedAsync();
        Assert.Equal((1, 1), (proxy.Metrics.Sum("lb.requests", "lb.outcome=shed"), proxy.Metrics.Sum("lb.shed", "lb.cluster=web", "lb.reason=overloaded")));
        Assert.Equal(1, (await proxy.DescribeClusterAsync("web")).GetProperty("shed").GetInt64());
    }

    [Fact]
    public async Task Without_a_queue_nobody_waits()
    {
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:MaxConcurrentRequests"] = "1" }, _a.Address);

        var first = proxy.Client.GetStringAsync("/1");
        await _a.WaitForRequestAsync();
        using var second = await proxy.Client.GetAsync("/2").InTime();
        _goOn.SetResult();
        await first;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_waits_no_longer()
    {
        await using var proxy = await StartAsync();
        var first = proxy.Client.GetStringAsync("/1");
        await _a.WaitForRequestAsync();
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
            await WaitingAsync(proxy, 1);
            client.Abort();
        }

        await WaitingAsync(proxy, 0);
        _goOn.SetResult();
        await first;

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.outcome=client_left") == 1, "it has ended");
        Assert.Single(_a.Requests);
    }

    [Fact]
    public async Task Many_clients_at_once_are_all_served_and_no_more_at_once_than_may()
    {
        await using var busy = new BusyDestination(atLeast: 3);
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:MaxConcurrentRequests"] = "3", ["Clusters:web:Queue:Timeout"] = "1m" }, busy.Destination.Address);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => proxy.Client.GetStringAsync("/"))).InTime();

        Assert.All(answers, answer => Assert.Equal("ok", answer));
        Assert.Equal(3, busy.Most);
    }

    private static Task WaitingAsync(ProxyHost proxy, int count) =>
        Eventually.HoldsAsync(() => proxy.Metrics.Observe("lb.queue.length", "lb.cluster=web") == count, $"{count} wait");

    private Task<ProxyHost> StartAsync(string timeout = "1m") =>
        ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:MaxConcurrentRequests"] = "1", ["Clusters:web:Queue:Timeout"] = timeout }, _a.Address);

    /// <summary>Counts how many requests it has at once.</summary>
    private sealed class BusyDestination : IAsyncDisposable
    {
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _now;
        private int _most;

        // Answers nobody before so many were there at once.
        public BusyDestination(int atLeast) => Destination = new FakeDestination(async exchange =>
        {
            var now = Interlocked.Increment(ref _now);
            for (var most = Most; most < now && Interlocked.CompareExchange(ref _most, now, most) != most; most = Most)
            {
            }

            if (now == atLeast)
            {
                _enough.TrySetResult();
            }

            await _enough.Task;
            await Task.Yield();
            Interlocked.Decrement(ref _now);
            await Behave.Ok("ok")(exchange);
        });

        public FakeDestination Destination { get; }

        public int Most => Volatile.Read(ref _most);

        public ValueTask DisposeAsync() => Destination.DisposeAsync();
    }
}
