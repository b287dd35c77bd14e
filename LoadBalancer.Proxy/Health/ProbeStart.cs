namespace LoadBalancer.Proxy.Health;

/// <summary>
/// When the loops that begin together send their first two probes. Without it a thousand destinations would be a thousand connections
/// in one moment, and again after each interval.
/// </summary>
/// <param name="First">How long the first probe waits.</param>
/// <param name="Second">From the end of the first probe to the start of the second; never more than the interval.</param>
internal readonly record struct ProbeStart(TimeSpan First, TimeSpan Second)
{
    /// <summary>So many first probes are sent at once: whoever starts a proxy wants to know who is there.</summary>
    public const int AtOnce = 16;

    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(10);

    /// <summary>The start of one loop.</summary>
    /// <param name="index">Which of them it is, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="interval">The interval of its probes.</param>
    /// <param name="chance">From 0 to 1: where in its share of the interval it stands. Several proxies that start together should differ in it.</param>
    public static ProbeStart Of(int index, int count, TimeSpan interval, double chance)
    {
        var gap = interval / count < Gap ? interval / count : Gap;
        var first = index < AtOnce ? TimeSpan.Zero : gap * (index - AtOnce + 1);
        var second = interval * ((index + chance) / count) - first;
        return new ProbeStart(first, second > TimeSpan.Zero ? second : second + interval);
    }
}
