namespace LoadBalancer.Proxy.Clusters;

/// <summary>The time that model and engines count by.</summary>
internal static class MonotonicTime
{
    /// <summary>The time now, in monotonic ticks of 100 ns.</summary>
    public static long MonotonicTicks(this TimeProvider time) => time.GetElapsedTime(0, time.GetTimestamp()).Ticks;
}
