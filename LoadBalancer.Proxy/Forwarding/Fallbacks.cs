using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Which cluster serves a request when the one that it is for has no destination available. The same in every engine.</summary>
internal static class Fallbacks
{
    /// <summary>The cluster that serves a request.</summary>
    /// <param name="cluster">The one that it is for.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <param name="metrics">Is told where it is another; null where nothing is to be counted.</param>
    /// <returns>The first on the way of fallbacks that has a destination for it; where none has, the one that it is for.</returns>
    public static Cluster Of(Cluster cluster, IFields fields, long now, ProxyMetrics? metrics)
    {
        if (cluster.Fallback is null || Serves(cluster, fields, now))
        {
            return cluster;
        }

        for (var fallback = cluster.Fallback; fallback is not null; fallback = fallback.Fallback)
        {
            if (Serves(fallback, fields, now))
            {
                metrics?.FellBack(cluster.Name, fallback.Name);
                return fallback;
            }
        }

        return cluster;
    }

    // Sessions go on with a destination that takes nobody else, as one that is drained.
    private static bool Serves(Cluster cluster, IFields fields, long now)
    {
        var standing = cluster.Standing;
        return !standing.Available.IsEmpty
            || (Session.Of(cluster.Sessions, fields).Destination is { } own && own.MayBegin(standing.Tolerated | own.ToleratedBySessions(now)));
    }
}
