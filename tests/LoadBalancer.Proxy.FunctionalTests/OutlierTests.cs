using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that are taken out for what real traffic shows of them.</summary>
public sealed class OutlierTests(ITestOutputHelper output)
{
    private const string Outliers = "Clusters:web:OutlierDetection:";

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_gray_destination_that_is_ten_times_as_slow_and_never_fails_is_out_and_back_when_it_is_quick_again()
    {
        var latency = Slow;
        await using var a = new FakeDestination(exchange => Behave.Late(latency, Behave.Ok("a"))(exchange));
        await using var b = new FakeDestination(Behave.Late(Quick, Behave.Ok("b")));
        await using var c = new FakeDestination(Behave.Late(Quick, Behave.Ok("c")));
        var settings = ProxyHost.QuickProbes();
        settings[Outliers + "EjectionTime"] = "1s";
        settings[Outliers + "Latency:Factor"] = "4";
        settings[Outliers + "Latency:Window"] = "2s";
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address, b.Address, c.Address);
        await using var traffic = new Traffic(proxy);
        var started = TimeProvider.System.GetTimestamp();

        var ejected = await proxy.Logs.WaitForAsync("the following host is ejected");
        var took = TimeProvider.System.GetElapsedTime(started);
        Assert.Matches("^the following host is ejected a \\(.* times as slow as the others\\), for 1s$", ejected.Message);
        latency = Quick;
        await Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("available").GetBoolean(), "it is back");
        var before = a.Requests.Count;
        await a.WaitForRequestAsync(before + 50);

        output.WriteLine($"out {took.TotalMilliseconds:0} ms after the first request: {ejected.Message}");
        Assert.Equal(0, traffic.Failures);
        Assert.Equal(1, proxy.Metrics.Sum("lb.ejections", "lb.cluster=web", "lb.destination=a", "lb.reason=latency"));
    }

    [Fact]
    public async Task Hedging_does_not_hide_a_gray_destination()
    {
        await using var a = new FakeDestination(Behave.Late(TimeSpan.FromSeconds(1), Behave.Ok("a")));
        await using var b = new FakeDestination(Behave.Late(Quick, Behave.Ok("b")));
        await using var c = new FakeDestination(Behave.Late(Quick, Behave.Ok("c")));
        await using var proxy = await ProxyHost.StartAsync(
            Settings(("Clusters:web:Hedge:Delay", "50ms"), (Outliers + "Latency:Factor", "2.5"), (Outliers + "Latency:Window", "2s")), a.Address, b.Address, c.Address);
        await using var traffic = new Traffic(proxy);

        var ejected = await proxy.Logs.WaitForAsync("the following host is ejected");

        Assert.StartsWith("the following host is ejected a (", ejected.Message, StringComparison.Ordinal);
        Assert.Equal(0, traffic.Failures);
    }

    [Fact]
    public async Task One_that_fails_is_out_by_traffic_alone_and_the_API_says_until_when_and_why()
    {
        await using var a = new FakeDestination(Behave.Answer(500, ""));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(Settings((Outliers + "ConsecutiveFailures", "5")), a.Address, b.Address);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);

        await AskAsync(proxy, 10);

        var change = await events.NextChangeAsync();
        Assert.Equal(("ejected", "5 failures in a row"), (change.Data.GetProperty("change").GetString(), change.Destination.GetProperty("ejectionReason").GetString()));
        var until = (await proxy.DescribeAsync("a")).GetProperty("ejectedUntil").GetDateTimeOffset();
        Assert.InRange(until - TimeProvider.System.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.All(await AskAsync(proxy, 20), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(5, a.Requests.Count);
    }

    [Fact]
    public async Task The_record_of_an_ejection_has_the_attributes_of_the_contract()
    {
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings((Outliers + "ConsecutiveFailures", "2"), (Outliers + "EjectionTime", "100ms")), a.Address, b.Address);

        await AskAsync(proxy, 6);

        var (ejected, back) = (await proxy.Logs.WaitForAsync("the following host is ejected"), await proxy.Logs.WaitForAsync("the following host is back"));
        Assert.Equal(("the following host is ejected a (2 failures in a row), for 100ms", "the following host is back a (its time is up)"), (ejected.Message, back.Message));
        Assert.Equal(
            new Dictionary<string, string?> { ["lb.cluster"] = "web", ["lb.destination"] = "a", ["lb.from"] = "Unknown", ["lb.to"] = "Ejected", ["lb.reason"] = "2 failures in a row" },
            ejected.Attributes);
        Assert.Equal(("Ejected", "Unknown"), (back.Attributes["lb.from"], back.Attributes["lb.to"]));
    }

    [Fact]
    public async Task The_operator_ends_an_ejection()
    {
        await using var a = new FakeDestination().Next(Behave.Answer(500, ""), Behave.Answer(500, ""));
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings((Outliers + "ConsecutiveFailures", "2")), a.Address, b.Address);
        await AskAsync(proxy, 4);
        await Eventually.HoldsAsync(async () => !(await proxy.DescribeAsync("a")).GetProperty("available").GetBoolean(), "it is out");

        using var body = new StringContent("""{"ejected":false}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await proxy.Admin.PatchAsync("/api/clusters/web/destinations/a", body);

        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, (await proxy.DescribeAsync("a")).GetProperty("available").GetBoolean()));
        await AskAsync(proxy, 2);
        Assert.Equal(3, a.Requests.Count);
    }

    [Fact]
    public async Task A_cluster_of_one_keeps_its_destination_however_it_fails()
    {
        await using var a = new FakeDestination(Behave.Answer(500, ""));
        await using var proxy = await ProxyHost.StartAsync(Settings((Outliers + "ConsecutiveFailures", "1")), a.Address);

        Assert.All(await AskAsync(proxy, 20), status => Assert.Equal(HttpStatusCode.InternalServerError, status));
        Assert.Equal(20, a.Requests.Count);
    }

    [Fact]
    public async Task Clients_that_leave_eject_nobody()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var b = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(Settings((Outliers + "ConsecutiveFailures", "1"), (Outliers + "Latency:MinimumRequests", "1")), a.Address, b.Address);

        for (var count = 1; count <= 10; count++)
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(RawRequest.Get());
            await Eventually.HoldsAsync(() => a.Requests.Count + b.Requests.Count == count, "the request is there");
            client.Abort();
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=client_left") == 10, "all have ended");
        Assert.Equal(0, proxy.Metrics.Sum("lb.ejections"));
    }

    [Fact]
    public async Task The_passive_checks_of_YARP_work_as_they_are_written_there()
    {
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination();
        const string passive = "Clusters:web:HealthCheck:Passive:";
        await using var proxy = await ProxyHost.StartAsync(
            Settings((passive + "Enabled", "true"), (passive + "Policy", "TransportFailureRate"), (passive + "ReactivationPeriod", "00:00:10")), a.Address, b.Address);

        await AskAsync(proxy, 40);

        Assert.EndsWith("requests failed in 1m), for 10s", (await proxy.Logs.WaitForAsync("the following host is ejected a (100 % of")).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Settings(params (string Key, string Value)[] settings) => settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value);

    private static async Task<List<HttpStatusCode>> AskAsync(ProxyHost proxy, int count)
    {
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < count; i++)
        {
            using var answer = await proxy.Client.GetAsync("/");
            statuses.Add(answer.StatusCode);
        }

        return statuses;
    }

    /// <summary>Six clients that ask without a pause.</summary>
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly Task _asking;
        private int _failures;

        public Traffic(ProxyHost proxy) => _asking = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskAsync(proxy)));

        public int Failures => Volatile.Read(ref _failures);

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _asking.InTime();
            _over.Dispose();
        }

        private async Task AskAsync(ProxyHost proxy)
        {
            while (!_over.IsCancellationRequested)
            {
                using var answer = await proxy.Client.GetAsync("/");
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref _failures);
                }
            }
        }
    }
}
