using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>What a destination has done and is doing. Counted without a lock; each number is right by itself.</summary>
internal sealed class LoadStats
{
    // One part in eight: some ten requests back, an old latency hardly counts.
    private const double LatencyWeight = 0.125;

    private int _inFlight;
    private long _attempts;
    private long _failures;
    private double _latencyMilliseconds;

    /// <summary>Attempts that are under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Attempts that have ended.</summary>
    public long Attempts => Volatile.Read(ref _attempts);

    /// <summary>Attempts that ended by the destination's fault.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>A moving average, in milliseconds, of how long it took until the head of an answer was there.</summary>
    public double LatencyMilliseconds => Volatile.Read(ref _latencyMilliseconds);

    /// <summary>An attempt begins.</summary>
    public void Begin() => Interlocked.Increment(ref _inFlight);

    /// <summary>An attempt has ended.</summary>
    public void End(in AttemptResult result)
    {
        Interlocked.Increment(ref _attempts);
        if (result.Outcome.IsDestinationFault())
        {
            Interlocked.Increment(ref _failures);
        }

        if (result.ToHead is { } elapsed)
        {
            // Two threads may read the same old value, and one sample is then lost: an average can bear that.
            var old = LatencyMilliseconds;
            var sample = (double)elapsed / TimeSpan.TicksPerMillisecond;
            Volatile.Write(ref _latencyMilliseconds, old == 0 ? sample : old + (sample - old) * LatencyWeight);
        }

        // Last: who sees the destination idle sees all of its counts.
        Interlocked.Decrement(ref _inFlight);
    }
}
