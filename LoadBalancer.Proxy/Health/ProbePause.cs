using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>From the end of a probe to the start of the next one of the same destination.</summary>
internal static class ProbePause
{
    // All destinations that are in doubt together get one probe in this time, on average: a thousand that are all down must not become thousands of connections in a second.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(10);

    /// <summary>The pause.</summary>
    /// <param name="options">How the destination is probed.</param>
    /// <param name="doubt">What the last probe left open.</param>
    /// <param name="inDoubt">How many destinations are probed fast.</param>
    /// <param name="chance">From 0 to 1, different for each probe.</param>
    public static TimeSpan After(ActiveHealthCheckOptions options, ProbeDoubt doubt, int inDoubt, double chance)
    {
        var pause = doubt switch
        {
            ProbeDoubt.Open => Fast(options, inDoubt),
            ProbeDoubt.Down => options.DownInterval ?? options.Interval,
            _ => options.Interval,
        };
        return pause * (1 - (options.Jitter * chance));
    }

    /// <summary>The least time between a probe and one that traffic asks for.</summary>
    public static TimeSpan Fast(ActiveHealthCheckOptions options, int inDoubt)
    {
        var fast = Gap * inDoubt > options.FastInterval ? Gap * inDoubt : options.FastInterval;
        return fast < options.Interval ? fast : options.Interval;
    }
}

/// <summary>What the last probe of a destination left open.</summary>
internal enum ProbeDoubt
{
    /// <summary>Nothing: it is healthy.</summary>
    None,

    /// <summary>The probe contradicts the verdict, or the destination has never passed: it may be coming up.</summary>
    Open,

    /// <summary>It is unhealthy, and was healthy once.</summary>
    Down,
}
