using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What ties a request to a destination: its session, and the key that its cluster hashes. The same in every engine.</summary>
internal static class RequestKey
{
    private const string Cookie = "Cookie";

    /// <summary>Whether a cluster tells requests apart by the address of their client, which the engine then has to work out.</summary>
    public static bool IsOfClient(ClusterOptions options) => options is { LoadBalancingPolicy: LoadBalancingPolicy.ConsistentHash, Hash.Source: HashSource.ClientAddress };

    /// <summary>The affinity of a request.</summary>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="target">Its target as the client wrote it.</param>
    /// <param name="client">The address of its client, 4 or 16 bytes, where <see cref="IsOfClient"/> says that it matters; empty where there is none.</param>
    public static Affinity Of(Cluster cluster, IFields fields, ReadOnlySpan<char> target, ReadOnlySpan<byte> client)
    {
        var options = cluster.Options;
        var key = options.LoadBalancingPolicy == LoadBalancingPolicy.ConsistentHash ? Of(options.Hash, fields, target, client) : null;
        return new Affinity(key, Session.Of(cluster.Sessions, fields), options.SessionAffinity.FailurePolicy == SessionFailurePolicy.Return503Error);
    }

    /// <summary>The key of a request, or null when it has none.</summary>
    /// <param name="options">Where the key is.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="target">Its target as the client wrote it.</param>
    /// <param name="client">The address of its client, 4 or 16 bytes, where the key is that; empty where there is none.</param>
    public static ulong? Of(KeyOptions options, IFields fields, ReadOnlySpan<char> target, ReadOnlySpan<byte> client) => options.Source switch
    {
        HashSource.ClientAddress => HashKeys.OfAddress(client),
        HashSource.Header => fields.TryGet(options.Name!, 0, out var value) ? HashKeys.OfText(value) : null,
        HashSource.Cookie => OfCookie(fields, options.Name!),
        HashSource.Query => HashKeys.OfQuery(target, options.Name),
        HashSource.Path => HashKeys.OfPath(target),
        var source => throw new ArgumentOutOfRangeException(nameof(options), source, null),
    };

    // HTTP/2 clients may send each cookie in a line of its own (RFC 9113, 8.2.3).
    private static ulong? OfCookie(IFields fields, string name)
    {
        for (var line = 0; fields.TryGet(Cookie, line, out var value); line++)
        {
            if (HashKeys.OfCookie(value, name) is { } key)
            {
                return key;
            }
        }

        return null;
    }
}
