using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class OutlierChecksTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly ClusterRegistry _registry;
    private readonly OutlierChecks _checks;

    public OutlierChecksTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _registry = Make.Registry(_clock);
        _checks = new OutlierChecks(_registry, new ProxyMetrics(new MeterFactory()), _clock, _loggers.CreateLogger<OutlierChecks>());
        _ = _checks.StartAsync(CancellationToken.None);
    }

    private Destination A => _registry.Find("web")!.Named("a");

    public async ValueTask DisposeAsync()
    {
        await _checks.StopAsync(CancellationToken.None);
        _checks.Dispose();
        _loggers.Dispose();
    }

    [Fact]
    public void One_that_is_out_is_back_when_its_time_is_up()
    {
        Apply(new() { ConsecutiveFailures = 1 });
        A.End(new AttemptResult(Outcome.Reset), now: 0);

        _clock.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(A.IsAvailable);
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        Assert.True(A.IsAvailable);
        Assert.Equal(["the following host is ejected a (a failure), for 30s", "the following host is back a (its time is up)"], _logs.Records.Select(record => record.Message));
    }

    [Fact]
    public void A_slow_one_is_found_within_a_second()
    {
        Apply(new() { Latency = new() });
        foreach (var (name, milliseconds) in new[] { ("a", 100), ("b", 10) })
        {
            for (var i = 0; i < 10; i++)
            {
                _registry.Find("web")!.Named(name).End(
                    new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, ToHead: milliseconds * TimeSpan.TicksPerMillisecond), _clock.GetUtcNow().Ticks);
            }
        }

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(A.IsAvailable);
    }

    [Fact]
    public void A_dry_run_says_what_it_would_do()
    {
        Apply(new() { ConsecutiveFailures = 1, DryRun = true });
        A.End(new AttemptResult(Outcome.Reset), now: 0);

        Assert.True(A.IsAvailable);
        Assert.Equal("the following host would be ejected a (a failure), for 30s", Assert.Single(_logs.Records).Message);
    }

    [Fact]
    public void Where_nothing_is_looked_for_no_timer_runs()
    {
        Apply(null);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, _clock.ArmedTimers);
    }

    [Fact]
    public async Task After_the_stop_no_timer_runs()
    {
        Apply(new() { Latency = new() });
        await _checks.StopAsync(CancellationToken.None);

        _registry.Apply([]);

        Assert.Equal(0, _clock.ArmedTimers);
    }

    [Fact]
    public void Every_kind_has_a_tag_of_its_own()
    {
        var kinds = Enum.GetValues<OutlierKind>();

        Assert.Equal(kinds.Length, kinds.Select(OutlierChecks.TagOf).Distinct().Count());
    }

    private void Apply(OutlierDetectionOptions? options) => _registry.Apply([Make.Cluster("web", new ClusterOptions { OutlierDetection = options }, "a", "b")]);
}
