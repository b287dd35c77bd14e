using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Which requests of a route are copied, and where to. It never changes.</summary>
/// <param name="cluster">The cluster that gets the copies.</param>
/// <param name="percentage">Which share of the requests is copied.</param>
internal sealed class Mirror(Cluster cluster, double percentage)
{
    private const double All = 100;
    private const double TwoToMinus53 = 1.0 / (1L << 53);

    /// <summary>The cluster that gets the copies.</summary>
    public Cluster Cluster => cluster;

    /// <summary>Whether a request is copied.</summary>
    /// <param name="dice">64 random bits.</param>
    public bool Takes(ulong dice) => percentage >= All || (dice >> 11) * TwoToMinus53 * All < percentage;
}
