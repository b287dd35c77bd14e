using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>How much of its weight a destination has that has just been added or come back: its caches are cold, and its code not compiled.</summary>
internal static class SlowStart
{
    // In steps, so that a standing stays the same for a while.
    private const int Steps = 50;

    /// <summary>The part of its weight, above 0 and up to 1.</summary>
    /// <param name="options">How slowly; null for at once.</param>
    /// <param name="since">Since when it warms up, or null when it does not.</param>
    /// <param name="now">The time. Both in monotonic ticks of 100 ns.</param>
    public static double ShareAt(SlowStartOptions? options, long? since, long now)
    {
        if (options is null || since is not { } from || now - from >= options.Time.Ticks)
        {
            return 1;
        }

        var passed = Math.Floor((double)Math.Max(0, now - from) / options.Time.Ticks * Steps) / Steps;
        return Math.Max(options.MinimumShare, Math.Pow(passed, 1 / options.Aggression));
    }

    /// <summary>How long one step of it takes.</summary>
    public static TimeSpan StepOf(SlowStartOptions options) => options.Time / Steps;
}
