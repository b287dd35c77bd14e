using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>What a destination has done and is doing. Counted without a lock; each number is right by itself.</summary>
internal sealed class LoadStats
{
    // One part in eight: some ten requests back, an old latency hardly counts.
    private const double LatencyWeight = 0.125;

    // What a failure counts for, at least and at most, as if it were an answer that took so long; each further one counts for more than the one before.
    private const long LeastPenalty = 100 * TimeSpan.TicksPerMillisecond;
    private const long MostPenalty = 60 * TimeSpan.TicksPerSecond;
    private const int PenaltyFactor = 10;
    private const int TooManyRequests = 429;

    // However long a destination wants to be left alone, it is asked again after this.
    private const long LongestHoldOff = 60 * TimeSpan.TicksPerSecond;

    private int _inFlight;
    private long _attempts;
    private long _failures;
    private double _latencyMilliseconds;
    private long _heldOffUntil = long.MinValue;
    private bool _isFailing;

    /// <summary>Attempts that are under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Attempts that have ended.</summary>
    public long Attempts => Volatile.Read(ref _attempts);

    /// <summary>Attempts that ended by the destination's fault.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>A moving average, in milliseconds, of how long it took until the head of an answer was there.</summary>
    public double LatencyMilliseconds => Volatile.Read(ref _latencyMilliseconds);

    /// <summary>How quickly it answers, a failure counting as a slow answer.</summary>
    public PeakLatency PeakLatency { get; } = new();

    /// <summary>Whether its last answer was a failure, or that there were too many requests.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing);

    /// <summary>Whether it asked for no requests until later (<c>Retry-After</c>).</summary>
    public bool IsHeldOff(long now) => now < HeldOffUntil;

    /// <summary>Until when it asked for no requests, in monotonic ticks.</summary>
    public long HeldOffUntil => Volatile.Read(ref _heldOffUntil);

    /// <summary>Notes that it asks for no requests for so long, in ticks of 100 ns; for zero, nothing.</summary>
    public void HoldOff(long time, long now)
    {
        if (time > 0)
        {
            Volatile.Write(ref _heldOffUntil, now + Math.Min(time, LongestHoldOff));
        }
    }

    /// <summary>An attempt begins, unless there are as many as are allowed.</summary>
    /// <param name="most">How many are allowed; 0 for any number.</param>
    public bool TryBegin(int most)
    {
        if (most == 0)
        {
            Interlocked.Increment(ref _inFlight);
            return true;
        }

        for (var before = InFlight; before < most;)
        {
            var seen = Interlocked.CompareExchange(ref _inFlight, before + 1, before);
            if (seen == before)
            {
                return true;
            }

            before = seen;
        }

        return false;
    }

    /// <summary>An attempt is under way no longer. Last: who sees the destination idle sees all of its counts.</summary>
    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Counts what an attempt ended in.</summary>
    public void Count(in AttemptResult result, long now)
    {
        Interlocked.Increment(ref _attempts);
        var isFailure = result.Outcome.IsDestinationFault();
        if (isFailure)
        {
            Interlocked.Increment(ref _failures);
        }

        if (isFailure || result.Status == TooManyRequests)
        {
            var penalty = (long)Math.Clamp(PenaltyFactor * PeakLatency.At(now), LeastPenalty, MostPenalty);
            PeakLatency.Add(Math.Max(result.ToHead ?? 0, penalty), now);
            Volatile.Write(ref _isFailing, true);
        }
        else if (result.ToHead is { } toHead)
        {
            PeakLatency.Add(toHead, now);
            Volatile.Write(ref _isFailing, false);
        }
        else if (result.Outcome == Outcome.Cancelled && result.Lasted > PeakLatency.At(now))
        {
            // The loser of a hedge: its answer would have taken longer still. Not so where the client left: it can do that whenever it likes.
            PeakLatency.Add(result.Lasted, now);
        }

        if (result.ToHead is { } elapsed)
        {
            // Two threads may read the same old value, and one sample is then lost: an average can bear that.
            var old = LatencyMilliseconds;
            var sample = (double)elapsed / TimeSpan.TicksPerMillisecond;
            Volatile.Write(ref _latencyMilliseconds, old == 0 ? sample : old + (sample - old) * LatencyWeight);
        }
    }
}
