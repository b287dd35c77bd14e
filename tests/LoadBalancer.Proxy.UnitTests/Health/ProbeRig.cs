using System.Collections.Concurrent;
using System.Net;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Health;

/// <summary>Active health checks over a scripted wire, and a clock that the test moves.</summary>
public abstract class ProbeRig : IAsyncDisposable
{
    protected static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<ProxyMetrics>().BuildServiceProvider();
    private readonly LoggerFactory _loggers;

    protected ProbeRig()
    {
        Wire = new ScriptedHandler(AnswerAsync);
        Measured = new RecordedMetrics(_services);
        _loggers = new LoggerFactory([Logs], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        var metrics = _services.GetRequiredService<ProxyMetrics>();
        Registry = new ClusterRegistry(Clock, Pickers.Create, metrics) { RunAside = static work => work() };
        Checks = new ActiveHealthChecks(Registry, new Prober(_ => Wire, (_, _, _) => Task.CompletedTask, Clock), metrics, Clock, new NoChance(), _loggers.CreateLogger<ActiveHealthChecks>());
    }

    private protected ManualTimeProvider Clock { get; } = new();

    private protected RecordedLogs Logs { get; } = new();

    private protected ConcurrentDictionary<string, HttpStatusCode?> Answers { get; } = new();

    private protected ScriptedHandler Wire { get; }

    private protected RecordedMetrics Measured { get; }

    private protected ClusterRegistry Registry { get; }

    private protected ActiveHealthChecks Checks { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Checks.StopAsync(CancellationToken.None);
        Checks.Dispose();
        _loggers.Dispose();
        Measured.Dispose();
        await _services.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected void FailToConnect(string name)
    {
        var destination = Registry.Find("web")!.Named(name);
        destination.TryBegin();
        destination.End(new AttemptResult(Outcome.ConnectFailed), Clock.GetUtcNow().Ticks);
    }

    private protected async Task StartAsync(ClusterOptions options, params string[] destinations)
    {
        Registry.Apply([Make.Cluster("web", options, destinations)]);
        await Checks.StartedAsync(CancellationToken.None);
        var probed = options.HealthCheck.Active.Enabled ? destinations.Length : 0;
        await SettleAsync(probed, probed);
    }

    /// <summary>Waits until so many probes have ended in all, and so many loops wait on the clock.</summary>
    private protected async Task SettleAsync(int probes, int loops)
    {
        // What is told at the end of a probe comes after its timeout is taken off the clock, so a timer seen later is that of a pause.
        await Eventually.HoldsAsync(() => Logs.Records.Count(record => record.Message.StartsWith("health check of", StringComparison.Ordinal)) >= probes, $"{probes} probes have ended");
        await Clock.WaitForTimersAsync(loops);
    }

    private protected HealthVerdict Verdict(string destination) => Registry.Find("web")!.Named(destination).Health.Status.Verdict;

    private protected static ClusterOptions Options(int rise = 1, int fall = 2, TimeSpan? fast = null, TimeSpan? down = null) => new()
    {
        HealthCheck = new()
        {
            Active = new ActiveHealthCheckOptions { Enabled = true, Interval = Interval, FastInterval = fast ?? Interval, DownInterval = down, Rise = rise, Fall = fall },
        },
    };

    // By host: the status to answer, null to hang, 200 where nothing is said.
    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (Answers.GetValueOrDefault(request.RequestUri!.Host, HttpStatusCode.OK) is { } status)
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
