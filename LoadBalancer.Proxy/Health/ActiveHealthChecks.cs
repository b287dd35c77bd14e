using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Health;

/// <summary>
/// Keeps a probe loop for every destination of every cluster that wants probes.
/// Each loop has its own schedule, so that a destination that hangs delays nobody's probe but its own. A reload leaves the schedules of those that it does not change.
/// A connection of traffic that fails asks for a probe at once.
/// </summary>
internal sealed partial class ActiveHealthChecks(
    ClusterRegistry registry,
    Prober prober,
    ProxyMetrics metrics,
    TimeProvider time,
    Random random,
    ILogger<ActiveHealthChecks> logger) : IHostedLifecycleService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Destination, ProbeLoop> _loops = [];
    private bool _stopped;
    private int _inDoubt;

    /// <summary>Probes at once, when the listeners are open: whoever reads the log sees first where the proxy listens, then what it finds.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        registry.Changed += Reconcile;
        registry.ConnectFailed += OnConnectFailed;
        Reconcile();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        registry.Changed -= Reconcile;
        registry.ConnectFailed -= OnConnectFailed;
        ProbeLoop[] loops;
        lock (_lock)
        {
            _stopped = true;
            loops = [.. _loops.Values];
            _loops.Clear();
        }

        Array.ForEach(loops, loop => loop.Dispose());
        await Task.WhenAll(loops.Select(loop => loop.Ended));
    }

    /// <inheritdoc />
    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public void Dispose() => prober.Dispose();

    /// <summary>Starts the loops that are missing, stops those that are not wanted any more, and restarts those whose schedule changed.</summary>
    private void Reconcile()
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            var wanted = new Dictionary<Destination, (Cluster Cluster, Member Member)>();
            foreach (var cluster in registry.Clusters.Where(cluster => cluster.Options.HealthCheck.Active.Enabled))
            {
                foreach (var member in cluster.Standing.Members)
                {
                    wanted[member.Destination] = (cluster, member);
                }
            }

            foreach (var (destination, loop) in _loops.ToArray())
            {
                if (!wanted.TryGetValue(destination, out var now) || !loop.TryFollow(now.Cluster, now.Member))
                {
                    loop.Dispose();
                    _loops.Remove(destination);
                }
            }

            var missing = wanted.Where(pair => !_loops.ContainsKey(pair.Key)).ToArray();
            for (var i = 0; i < missing.Length; i++)
            {
                var (destination, (cluster, member)) = missing[i];
                var start = ProbeStart.Of(i, missing.Length, cluster.Options.HealthCheck.Active.Interval, random.NextDouble());
                var loop = new ProbeLoop(cluster, member);
                _loops.Add(destination, loop);
                loop.Start(stopping => RunAsync(loop, start, stopping));
            }
        }
    }

    private async Task RunAsync(ProbeLoop loop, ProbeStart start, CancellationToken stopping)
    {
        if (start.First > TimeSpan.Zero)
        {
            await loop.PauseAsync(start.First, least: TimeSpan.Zero, time, stopping);
        }

        var isFast = false;
        try
        {
            for (var isFirst = true; ; isFirst = false)
            {
                await ProbeSafelyAsync(loop, stopping);
                Count(loop.Doubt == ProbeDoubt.Open, ref isFast);
                await PauseAsync(loop, isFirst && loop.Doubt == ProbeDoubt.None ? start.Second : null, stopping);
            }
        }
        finally
        {
            Count(false, ref isFast);
        }
    }

    private async Task ProbeSafelyAsync(ProbeLoop loop, CancellationToken stopping)
    {
        try
        {
            await ProbeAsync(loop, stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // Ours is the fault, not the destination's; the next probe may fare better.
            Log.ProbeFailed(logger, exception, loop.Probed.Member.Name);
        }
    }

    private async Task ProbeAsync(ProbeLoop loop, CancellationToken stopping)
    {
        var (cluster, member) = loop.Probed;
        Log.Probing(logger, member.Name);
        var result = await prober.ProbeAsync(member, cluster.Options, stopping);
        Log.Probed(logger, member.Name, result.Reason);
        var transition = registry.ReportProbe(cluster, member.Destination, result);
        loop.Note(result.Passed);
        if (transition is not null)
        {
            metrics.HealthChanged(cluster.Name, member.Name, transition.To.ToString());
            TransitionLog.Write(logger, cluster.Name, member.Name, transition);
        }
    }

    private Task PauseAsync(ProbeLoop loop, TimeSpan? first, CancellationToken stopping)
    {
        var (options, inDoubt) = (loop.Probed.Cluster.Options.HealthCheck.Active, Volatile.Read(ref _inDoubt));
        return loop.PauseAsync(first ?? ProbePause.After(options, loop.Doubt, inDoubt, random.NextDouble()), ProbePause.Fast(options, inDoubt), time, stopping);
    }

    private void Count(bool isFast, ref bool wasFast)
    {
        if (isFast != wasFast)
        {
            wasFast = isFast;
            Interlocked.Add(ref _inDoubt, isFast ? 1 : -1);
        }
    }

    private void OnConnectFailed(Destination destination)
    {
        ProbeLoop? loop;
        lock (_lock)
        {
            _loops.TryGetValue(destination, out loop);
        }

        loop?.Hurry();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "performing health check on the following server {Destination}")]
        public static partial void Probing(ILogger logger, string destination);

        [LoggerMessage(2, LogLevel.Debug, "health check of {Destination} found {Reason}")]
        public static partial void Probed(ILogger logger, string destination, string reason);

        [LoggerMessage(3, LogLevel.Error, "health check of {Destination} could not be made")]
        public static partial void ProbeFailed(ILogger logger, Exception exception, string destination);
    }
}
