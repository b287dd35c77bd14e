using System.Collections.Concurrent;
using System.Net;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ActiveHealthChecksTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<ProxyMetrics>().BuildServiceProvider();
    private readonly ConcurrentDictionary<string, HttpStatusCode?> _answers = new();
    private readonly ScriptedHandler _wire;
    private readonly RecordedMetrics _measured;
    private readonly ClusterRegistry _registry;
    private readonly ActiveHealthChecks _checks;
    private readonly LoggerFactory _loggers;

    public ActiveHealthChecksTests()
    {
        _wire = new ScriptedHandler(AnswerAsync);
        _measured = new RecordedMetrics(_services);
        _loggers = new LoggerFactory([_logs], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        var metrics = _services.GetRequiredService<ProxyMetrics>();
        _registry = new ClusterRegistry(_clock, Pickers.Create, metrics);
        _checks = new ActiveHealthChecks(_registry, new Prober(_ => _wire, _clock), metrics, _clock, new NoChance(), _loggers.CreateLogger<ActiveHealthChecks>());
    }

    public async ValueTask DisposeAsync()
    {
        await _checks.StopAsync(CancellationToken.None);
        _checks.Dispose();
        _loggers.Dispose();
        _measured.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Every_destination_is_probed_at_once()
    {
        await StartAsync(Options(), "a", "b", "c");

        Assert.Equal(["http://a/", "http://b/", "http://c/"], _wire.Asked.Select(uri => uri.AbsoluteUri).Order());
    }

    [Fact]
    public async Task Nothing_is_probed_before_the_listeners_are_open()
    {
        _registry.Apply([Make.Cluster("web", Options(), "a")]);

        await ((Microsoft.Extensions.Hosting.IHostedService)_checks).StartAsync(CancellationToken.None);

        Assert.Empty(_wire.Asked);
    }

    [Fact]
    public async Task A_cluster_that_wants_no_probes_gets_none()
    {
        await StartAsync(new ClusterOptions(), "a");

        Assert.Equal((0, 0), (_wire.Asked.Count, _clock.ArmedTimers));
    }

    [Fact]
    public async Task The_next_probe_comes_an_interval_after_the_last_has_ended()
    {
        await StartAsync(Options(), "a");

        _clock.Advance(Interval - TimeSpan.FromTicks(1));
        Assert.Single(_wire.Asked);
        _clock.Advance(TimeSpan.FromTicks(1));
        await SettleAsync(probes: 2, loops: 1);

        Assert.Equal(2, _wire.Asked.Count);
    }

    [Fact]
    public async Task A_destination_that_hangs_delays_no_other()
    {
        _answers["hung"] = null;
        _registry.Apply([Make.Cluster("web", Options() with { HealthCheck = new() { Active = new() { Enabled = true, Interval = Interval, Timeout = TimeSpan.FromHours(1) } } }, "hung", "a", "b")]);
        await _checks.StartedAsync(CancellationToken.None);

        for (var round = 1; round <= 3; round++)
        {
            await SettleAsync(probes: 2 * round, loops: 3);
            _clock.Advance(Interval);
        }

        Assert.Equal(1, _wire.Asked.Count(uri => uri.Host == "hung"));
    }

    [Fact]
    public async Task A_destination_goes_out_after_fall_and_comes_back_after_rise()
    {
        await StartAsync(Options(rise: 2, fall: 2), "a");
        var verdicts = new List<HealthVerdict> { Verdict("a") };
        foreach (var status in new[] { 500, 500, 200, 200 })
        {
            _answers["a"] = (HttpStatusCode)status;
            _clock.Advance(Interval);
            await SettleAsync(probes: verdicts.Count + 1, loops: 1);
            verdicts.Add(Verdict("a"));
        }

        Assert.Equal([HealthVerdict.Healthy, HealthVerdict.Healthy, HealthVerdict.Unhealthy, HealthVerdict.Unhealthy, HealthVerdict.Healthy], verdicts);
    }

    [Fact]
    public async Task A_destination_that_goes_down_is_a_warning_with_the_attributes_of_the_contract()
    {
        _answers["a"] = HttpStatusCode.InternalServerError;

        await StartAsync(Options(), "a");

        var record = await _logs.WaitForAsync("the following host");
        Assert.Equal((LogLevel.Warning, "the following host is down a (status code: 500)"), (record.Level, record.Message));
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["lb.cluster"] = "web",
                ["lb.destination"] = "a",
                ["lb.from"] = "Unknown",
                ["lb.to"] = "Unhealthy",
                ["lb.reason"] = "status code: 500",
            },
            record.Attributes);
    }

    [Fact]
    public async Task A_destination_that_is_up_is_told_without_a_reason()
    {
        await StartAsync(Options(), "a");

        var record = await _logs.WaitForAsync("the following host");
        Assert.Equal((LogLevel.Information, "the following host is up a", "Healthy"), (record.Level, record.Message, record.Attributes["lb.to"]));
    }

    [Fact]
    public async Task A_probe_is_told_for_those_who_want_to_know()
    {
        await StartAsync(Options(), "a");

        var record = await _logs.WaitForAsync("performing health check");
        Assert.Equal((LogLevel.Debug, "performing health check on the following server a"), (record.Level, record.Message));
    }

    [Fact]
    public async Task A_verdict_that_stays_is_told_once()
    {
        await StartAsync(Options(), "a");
        _clock.Advance(Interval);
        await SettleAsync(probes: 2, loops: 1);

        Assert.Single(_logs.Records, record => record.Message.StartsWith("the following host", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_of_verdict_counts()
    {
        await StartAsync(Options(), "a");

        Assert.Equal(1, _measured.Sum("lb.health.transitions", "lb.cluster=web", "lb.destination=a", "lb.to=Healthy"));
    }

    [Fact]
    public async Task A_destination_that_a_reload_adds_is_probed_at_once_and_the_others_are_not()
    {
        await StartAsync(Options(), "a");

        _registry.Apply([Make.Cluster("web", Options(), "a", "b")]);
        await SettleAsync(probes: 2, loops: 2);

        Assert.Equal(["a", "b"], _wire.Asked.Select(uri => uri.Host));
    }

    [Fact]
    public async Task A_reload_leaves_the_schedule_of_a_destination_that_it_does_not_change()
    {
        await StartAsync(Options(), "a");
        _clock.Advance(Interval / 2);

        _registry.Apply([Make.Cluster("web", Options(), "a", "b")]);
        await SettleAsync(probes: 2, loops: 2);
        _clock.Advance(Interval / 2);
        await SettleAsync(probes: 3, loops: 2);

        Assert.Equal(["a", "b", "a"], _wire.Asked.Select(uri => uri.Host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_destinations_are_not_probed_in_one_moment(bool atReload)
    {
        var names = Enumerable.Range(0, 1000).Select(number => $"h{number}").ToArray();
        if (atReload)
        {
            await StartAsync(Options());
        }

        _registry.Apply([Make.Cluster("web", Options(), names)]);
        if (!atReload)
        {
            await _checks.StartedAsync(CancellationToken.None);
        }

        await SettleAsync(probes: ProbeStart.AtOnce, loops: names.Length);
        var atOnce = _wire.Asked.Count;
        _clock.Advance(Interval);
        await SettleAsync(probes: names.Length, loops: names.Length);

        Assert.Equal((ProbeStart.AtOnce, names.Length), (atOnce, _wire.Asked.Select(uri => uri.Host).Distinct().Count()));
    }

    [Fact]
    public async Task A_destination_that_a_reload_removes_is_probed_no_more()
    {
        await StartAsync(Options(), "a", "b");

        _registry.Apply([Make.Cluster("web", Options(), "b")]);
        await Eventually.HoldsAsync(() => _clock.ArmedTimers == 1, "one loop has ended");
        _clock.Advance(Interval);
        await SettleAsync(probes: 3, loops: 1);

        Assert.Equal(1, _wire.Asked.Count(uri => uri.Host == "a"));
    }

    [Fact]
    public async Task A_reload_that_changes_the_schedule_starts_it_anew()
    {
        await StartAsync(Options(), "a");

        _registry.Apply([Make.Cluster("web", Options(rise: 3), "a")]);
        await SettleAsync(probes: 2, loops: 1);

        Assert.Equal(2, _wire.Asked.Count);
    }

    [Fact]
    public async Task A_reload_that_switches_probing_off_ends_it()
    {
        await StartAsync(Options(), "a", "b");

        _registry.Apply([Make.Cluster("web", new ClusterOptions(), "a", "b")]);

        await Eventually.HoldsAsync(() => _clock.ArmedTimers == 0, "the loops have ended");
    }

    [Fact]
    public async Task A_stop_ends_every_loop_also_those_that_wait_for_an_answer()
    {
        _answers["hung"] = null;
        _registry.Apply([Make.Cluster("web", Options(), "a", "hung")]);
        await _checks.StartedAsync(CancellationToken.None);
        await SettleAsync(probes: 1, loops: 2);

        await _checks.StopAsync(CancellationToken.None).InTime();

        Assert.Equal(0, _clock.ArmedTimers);
    }

    [Fact]
    public async Task After_the_stop_a_reload_starts_nothing()
    {
        await StartAsync(Options(), "a");
        await _checks.StopAsync(CancellationToken.None).InTime();

        _registry.Apply([Make.Cluster("web", Options(), "a", "b")]);

        // A loop that had been started after all would have asked by the end of this.
        await _checks.StopAsync(CancellationToken.None).InTime();
        Assert.Single(_wire.Asked);
    }

    private async Task StartAsync(ClusterOptions options, params string[] destinations)
    {
        _registry.Apply([Make.Cluster("web", options, destinations)]);
        await _checks.StartedAsync(CancellationToken.None);
        var probed = options.HealthCheck.Active.Enabled ? destinations.Length : 0;
        await SettleAsync(probed, probed);
    }

    /// <summary>Waits until so many probes have ended in all, and so many loops wait on the clock.</summary>
    private async Task SettleAsync(int probes, int loops)
    {
        // What is told at the end of a probe comes after its timeout is taken off the clock, so a timer seen later is that of a pause.
        await Eventually.HoldsAsync(() => _logs.Records.Count(record => record.Message.StartsWith("health check of", StringComparison.Ordinal)) >= probes, $"{probes} probes have ended");
        await _clock.WaitForTimersAsync(loops);
    }

    private HealthVerdict Verdict(string destination) => _registry.Find("web")!.Named(destination).Health.Status.Verdict;

    private static ClusterOptions Options(int rise = 1, int fall = 2) =>
        new() { HealthCheck = new() { Active = new ActiveHealthCheckOptions { Enabled = true, Interval = Interval, Rise = rise, Fall = fall } } };

    // By host: the status to answer, null to hang, 200 where nothing is said.
    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (_answers.GetValueOrDefault(request.RequestUri!.Host, HttpStatusCode.OK) is { } status)
        {
            return new HttpResponseMessage(status);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        throw new InvalidOperationException("It did not hang.");
    }

    private sealed class NoChance : Random
    {
        public override double NextDouble() => 0;
    }
}
