namespace LoadBalancer.Proxy.Clusters;

/// <summary>The time that model and engines count by.</summary>
internal static class MonotonicTime
{
    /// <summary>The time now, in monotonic ticks of 100 ns.</summary>
    public static long MonotonicTicks(this TimeProvider time)
    {
        // Not by GetElapsedTime, which multiplies by a fraction: what is a whole millisecond on the clock has to be one here.
        var frequency = time.TimestampFrequency;
        var (seconds, rest) = Math.DivRem(time.GetTimestamp(), frequency);
        return (seconds * TimeSpan.TicksPerSecond) + (rest * TimeSpan.TicksPerSecond / frequency);
    }
}
