using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Health;

/// <summary>
/// Keeps a probe loop for every destination of every cluster that wants probes.
/// Each loop has its own schedule, so that a destination that hangs delays nobody's probe but its own. A reload leaves the schedules of those that it does not change.
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

    /// <summary>Probes at once, when the listeners are open: whoever reads the log sees first where the proxy listens, then what it finds.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        registry.Changed += Reconcile;
        Reconcile();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        registry.Changed -= Reconcile;
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
            await Task.Delay(start.First, time, stopping);
        }

        for (var isFirst = true; ; isFirst = false)
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

            await Task.Delay(isFirst ? start.Second : loop.Probed.Cluster.Options.HealthCheck.Active.Interval, time, stopping);
        }
    }

    private async Task ProbeAsync(ProbeLoop loop, CancellationToken stopping)
    {
        var (cluster, member) = loop.Probed;
        Log.Probing(logger, member.Name);
        var result = await prober.ProbeAsync(member, cluster.Options, stopping);
        Log.Probed(logger, member.Name, result.Reason);
        if (registry.ReportProbe(cluster, member.Destination, result) is { } transition)
        {
            metrics.HealthChanged(cluster.Name, member.Name, transition.To.ToString());
            HealthTransitionLog.Write(logger, cluster.Name, member.Name, transition);
        }
    }

    private sealed class ProbeLoop(Cluster cluster, Member member) : IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private volatile Tuple<Cluster, Member> _probed = new(cluster, member);

        /// <summary>What the next probe is sent to, and how.</summary>
        public (Cluster Cluster, Member Member) Probed => _probed.ToValueTuple();

        /// <summary>Ends, and never fails, when the loop has ended.</summary>
        public Task Ended { get; private set; } = Task.CompletedTask;

        /// <summary>Goes on with the destination of another configuration.</summary>
        /// <returns>False when its schedule is another one, for which the loop must begin anew.</returns>
        public bool TryFollow(Cluster other, Member otherMember)
        {
            var (options, otherOptions) = (_probed.Item1.Options, other.Options);
            if (options.HealthCheck.Active != otherOptions.HealthCheck.Active
                || options.HttpRequest != otherOptions.HttpRequest
                || options.HttpClient != otherOptions.HttpClient)
            {
                return false;
            }

            _probed = new(other, otherMember);
            return true;
        }

        public void Start(Func<CancellationToken, Task> run)
        {
            // The loop must not run on in the context of whoever changed the configuration.
            using (ExecutionContext.SuppressFlow())
            {
                var stopping = _stopping.Token;
                Ended = Task.Run(() => RunToEndAsync(run, stopping));
            }
        }

        /// <summary>Tells the loop to end, and does not wait for it.</summary>
        public void Dispose()
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }

        private static async Task RunToEndAsync(Func<CancellationToken, Task> run, CancellationToken stopping)
        {
            try
            {
                await run(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Stopped, as it was told to.
            }
        }
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
