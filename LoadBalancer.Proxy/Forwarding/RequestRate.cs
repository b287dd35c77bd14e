using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>The rate limit of a route, applied to a request, the same in every engine.</summary>
internal static class RequestRate
{
    /// <summary>The value of <see cref="TelemetryTags.Reason"/>.</summary>
    public const string Reason = "rate_limit";

    // Addresses and values of a header are keys of one limit. Without it, a value could be written that has the key of somebody's address.
    private const ulong AddressSalt = 0x9E3779B97F4A7C15;

    /// <summary>Counts a request.</summary>
    /// <param name="route">The route that it matched.</param>
    /// <param name="cluster">The cluster that it was to go to.</param>
    /// <param name="limiter">The limit of the route.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="client">The address of its client, 4 or 16 bytes; empty where there is none.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <param name="metrics">Is told of it.</param>
    /// <returns>What to answer when it is one too many; null when it is let through.</returns>
    public static Refusal? Check(Route route, Cluster cluster, RateLimiter limiter, IFields fields, ReadOnlySpan<byte> client, long now, ProxyMetrics metrics)
    {
        var verdict = limiter.Take(KeyOf(limiter.Options, fields, client), now);
        if (verdict.HasEvicted)
        {
            metrics.RateKeyEvicted(route.Name);
        }

        if (verdict.IsAdmitted)
        {
            return null;
        }

        cluster.Shed.Add();
        metrics.Shed(cluster.Name, route.Name, Reason);
        return Refusal.TooManyRequests.After(verdict.Wait);
    }

    /// <summary>What a request is counted by. Those without the header count by their client's address, so that to leave it out is no way around the limit, nor takes anything from others.</summary>
    public static ulong KeyOf(RateLimitOptions options, IFields fields, ReadOnlySpan<byte> client) =>
        options.By == RateLimitKey.Route ? 0
        : options.By == RateLimitKey.Header && fields.TryGet(options.Header!, 0, out var value) && HashKeys.OfText(value) is { } key ? key
        : HashKeys.OfNetwork(client).GetValueOrDefault() ^ AddressSalt;
}
