using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Health;

/// <summary>Has the registry put destinations back whose ejection is over and look for slow ones, when there may be any, and tells of each that is taken out or put back.</summary>
internal sealed partial class OutlierChecks : IHostedService, IDisposable
{
    private readonly ClusterRegistry _registry;
    private readonly ProxyMetrics _metrics;
    private readonly ILogger<OutlierChecks> _logger;
    private readonly ITimer _timer;

    public OutlierChecks(ClusterRegistry registry, ProxyMetrics metrics, TimeProvider time, ILogger<OutlierChecks> logger)
    {
        (_registry, _metrics, _logger) = (registry, metrics, logger);
        _timer = time.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registry.Changed += CheckSoon;
        _registry.EjectionChanged += OnEjection;
        _registry.BreakerChanged += OnBreaker;
        CheckSoon();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _registry.Changed -= CheckSoon;
        _registry.EjectionChanged -= OnEjection;
        _registry.BreakerChanged -= OnBreaker;
        _timer.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void CheckSoon() => _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    private void Check()
    {
        try
        {
            if (_registry.CheckOutliers() is { } next)
            {
                _timer.Change(next, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception exception)
        {
            // Ours is the fault. It must not end the program, nor keep those out for ever that are out.
            Log.CheckFailed(_logger, exception);
            _timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnEjection(EjectionChange change)
    {
        var (cluster, destination, ejection) = (change.Cluster.Name, change.Member.Name, change.Ejection);
        var verdict = change.Member.Destination.Health.Status.Verdict.ToString();
        if (change.Ended is { } why)
        {
            var text = ejection.IsDryRun ? $"the following host would be back {destination} ({why})" : $"the following host is back {destination} ({why})";
            TransitionLog.Write(_logger, LogLevel.Information, TransitionLog.Ended, text, cluster, destination, "Ejected", verdict, why);
        }
        else
        {
            var term = $"{ejection.Reason}), for {SpanText.Format(EjectionRules.Term(change.Cluster.Outliers!, ejection.Times))}";
            var text = ejection.IsDryRun ? $"the following host would be ejected {destination} ({term}" : $"the following host is ejected {destination} ({term}";
            _metrics.Ejected(cluster, destination, TagOf(ejection.Kind), ejection.IsDryRun);
            TransitionLog.Write(_logger, LogLevel.Warning, TransitionLog.Ejected, text, cluster, destination, verdict, "Ejected", ejection.Reason);
        }

        CheckSoon();
    }

    private void OnBreaker(BreakerChange change)
    {
        var (cluster, destination) = (change.Cluster.Name, change.Member.Name);
        var (level, text) = change.To switch
        {
            BreakerState.Open => (LogLevel.Warning, $"the circuit breaker of the following host is open {destination} ({change.Reason}), for {SpanText.Format(change.Cluster.Options.CircuitBreaker!.OpenTime)}"),
            BreakerState.HalfOpen => (LogLevel.Information, $"the circuit breaker of the following host is half-open {destination} ({change.Reason})"),
            _ => (LogLevel.Information, $"the circuit breaker of the following host is closed {destination} ({change.Reason})"),
        };
        _metrics.BreakerChanged(cluster, destination, TagOf(change.To));
        TransitionLog.Write(_logger, level, TransitionLog.Breaker, text, cluster, destination, change.From.ToString(), change.To.ToString(), change.Reason);
        CheckSoon();
    }

    /// <summary>The value of the tag <c>lb.to</c>.</summary>
    internal static string TagOf(BreakerState state) => state switch
    {
        BreakerState.Closed => "closed",
        BreakerState.Open => "open",
        BreakerState.HalfOpen => "half_open",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The value of the tag <c>lb.reason</c>.</summary>
    internal static string TagOf(OutlierKind kind) => kind switch
    {
        OutlierKind.ConsecutiveFailures => "consecutive_failures",
        OutlierKind.FailureRate => "failure_rate",
        OutlierKind.Latency => "latency",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "outliers could not be looked for")]
        public static partial void CheckFailed(ILogger logger, Exception exception);
    }
}
