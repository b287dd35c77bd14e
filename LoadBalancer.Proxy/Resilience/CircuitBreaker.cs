using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>What a circuit breaker has come to.</summary>
internal enum BreakerSign : byte
{
    /// <summary>There were too many failures in a row.</summary>
    ConsecutiveFailures,

    /// <summary>Too large a share of the requests failed.</summary>
    FailureRate,

    /// <summary>A trial failed.</summary>
    TrialFailed,

    /// <summary>Enough trials have succeeded.</summary>
    TrialsPassed,
}

/// <summary>
/// Counts what the attempts on one destination end in, and hands out the trials while the breaker is half-open. Whether it is closed, open or half-open is decided elsewhere.
/// Called by many threads at once, it allocates nothing.
/// </summary>
/// <param name="options">When it opens.</param>
internal sealed class CircuitBreaker(CircuitBreakerOptions options)
{
    private readonly OutlierStatistics _statistics = new(options.Signs);
    private int _freeTrials;
    private int _passed;

    /// <summary>When it opens.</summary>
    public CircuitBreakerOptions Options { get; } = options;

    /// <summary>How many requests failed within the window of <see cref="FailureRateOptions"/>.</summary>
    public (long Total, long Failures) Rate(long now) => _statistics.Rate(now);

    /// <summary>Takes a trial. <see cref="Note"/> or <see cref="ReturnTrial"/> must follow.</summary>
    public bool TryTakeTrial()
    {
        for (var free = Volatile.Read(ref _freeTrials); free > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _freeTrials, free - 1, free);
            if (seen == free)
            {
                return true;
            }

            free = seen;
        }

        return false;
    }

    /// <summary>Gives a trial back that was not used.</summary>
    public void ReturnTrial() => Interlocked.Increment(ref _freeTrials);

    /// <summary>Takes in what an attempt ended in.</summary>
    /// <returns>What it now has come to, if anything.</returns>
    public BreakerSign? Note(in AttemptResult result, long now)
    {
        if (!result.IsTrial)
        {
            return _statistics.Note(result, now) switch
            {
                OutlierKind.ConsecutiveFailures => BreakerSign.ConsecutiveFailures,
                OutlierKind.FailureRate => BreakerSign.FailureRate,
                _ => null,
            };
        }

        ReturnTrial();
        return result.Outcome.IsDestinationFault() && (Options.CountServerErrors || result.Outcome != Outcome.ServerError) ? BreakerSign.TrialFailed
            : result.Outcome is Outcome.Success or Outcome.ServerError && Interlocked.Increment(ref _passed) >= Options.Trials ? BreakerSign.TrialsPassed
            : null;
    }

    /// <summary>Begins the trials.</summary>
    public void BeginTrials()
    {
        Volatile.Write(ref _passed, 0);
        Volatile.Write(ref _freeTrials, Options.Trials);
    }

    /// <summary>Forgets what was counted, and lets no more trials begin.</summary>
    public void Reset()
    {
        Volatile.Write(ref _freeTrials, 0);
        _statistics.Reset();
    }
}
