using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>Picks the first, and remembers what it chose among.</summary>
internal sealed class SpyPicker : DestinationPicker
{
    /// <summary>The candidates of the last pick; null before the first.</summary>
    public string? Seen { get; private set; }

    public override Destination Pick(ReadOnlySpan<Destination> candidates)
    {
        Seen = candidates.Names();
        return candidates[0];
    }
}
