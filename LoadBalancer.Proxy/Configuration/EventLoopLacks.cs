using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>What a configuration asks for that the EventLoop engine does not have, and the Kestrel engine does: the list in docs/engines.md, as code.</summary>
internal static class EventLoopLacks
{
    // The transforms that it does itself; YARP's code does the others.
    private static readonly HashSet<string> Transforms =
    [
        TransformTable.PathPrefix, TransformTable.PathRemovePrefix, TransformTable.PathSet, TransformTable.PathPattern,
        TransformTable.QueryValueParameter, TransformTable.QueryRouteParameter, TransformTable.QueryRemoveParameter,
        TransformTable.RequestHeadersCopy, TransformTable.RequestHeadersAllowed, TransformTable.RequestHeaderOriginalHost, TransformTable.RequestHeader, TransformTable.RequestHeaderRemove,
        TransformTable.XForwarded, TransformTable.ClientCert,
        TransformTable.ResponseHeadersCopy, TransformTable.ResponseHeadersAllowed, TransformTable.ResponseHeader, TransformTable.ResponseHeaderRemove,
    ];

    /// <summary>The keys that ask for more, with what it is; none when that engine can serve all of it.</summary>
    /// <param name="options">The configuration; must be valid.</param>
    /// <param name="services">The service names beside it; null where there are none.</param>
    public static IReadOnlyList<ConfigurationError> Find(LoadBalancerOptions options, ServiceDirectory? services = null) =>
    [
        .. options.Routes.SelectMany(route => OfRoute($"Routes:{route.Key}", route.Value)),
        .. options.Clusters.SelectMany(cluster => OfCluster($"Clusters:{cluster.Key}", cluster.Value, services)),
    ];

    /// <summary>The first of them, or null.</summary>
    public static ConfigurationError? First(LoadBalancerOptions options, ServiceDirectory? services = null) => Find(options, services) is [var first, ..] ? first : null;

    /// <summary>What one listener asks for that its engine must have.</summary>
    /// <param name="path">Where the configuration names its address.</param>
    /// <param name="listener">The listener; must be valid.</param>
    public static IEnumerable<ConfigurationError> OfListener(string path, ListenerOptions listener)
    {
        if (listener.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            yield return new ConfigurationError(path, "asks for TLS, which the EventLoop engine does not have");
        }
        else if (listener.Protocols.OrDefault(isTls: false) != ListenerProtocols.Http1)
        {
            yield return new ConfigurationError($"{path[..path.LastIndexOf(':')]}:{nameof(listener.Protocols)}", "asks for HTTP/2, and the EventLoop engine speaks HTTP/1.1");
        }
    }

    private static IEnumerable<ConfigurationError> OfRoute(string path, RouteOptions route)
    {
        if (route.Compression is not null)
        {
            yield return new ConfigurationError($"{path}:Compression", "asks for answers to be compressed, which the EventLoop engine does not do");
        }

        if (route.Mirror is not null)
        {
            yield return new ConfigurationError($"{path}:Mirror", "asks for copies of requests, which the EventLoop engine does not make");
        }

        for (var i = 0; i < route.Transforms.Count; i++)
        {
            var name = TransformTable.NameOf(route.Transforms[i])!;
            if (!Transforms.Contains(name) || IsOfAnotherKind(name, route.Transforms[i], route))
            {
                yield return new ConfigurationError($"{path}:Transforms:{i}:{name}", "is a transform that the EventLoop engine does not have");
            }
        }
    }

    // Some it has in their common form only. Forwarded fields are written once, after all others.
    private static bool IsOfAnotherKind(string name, IReadOnlyDictionary<string, string> transform, RouteOptions route) => name switch
    {
        TransformTable.PathPattern => PathTemplate.TryParse(transform[name]) is null,
        TransformTable.XForwarded => (transform.GetValueOrDefault(TransformTable.HeaderPrefix) is { } prefix && !prefix.Equals("X-Forwarded-", StringComparison.OrdinalIgnoreCase))
            || route.Transforms.Count(other => TransformTable.NameOf(other) == name) > 1,
        TransformTable.RequestHeader or TransformTable.RequestHeaderRemove =>
            FieldTable.Of(transform[name]).Id is FieldId.ForwardedFor or FieldId.ForwardedProto or FieldId.ForwardedHost or FieldId.ForwardedPrefix or FieldId.Forwarded,
        _ => false,
    };

    private static IEnumerable<ConfigurationError> OfCluster(string path, ClusterOptions cluster, ServiceDirectory? services)
    {
        foreach (var (name, destination) in cluster.Destinations)
        {
            if (IsTls(DestinationAddress.Read(destination.Address), services))
            {
                yield return new ConfigurationError($"{path}:Destinations:{name}:Address", "asks for TLS to a destination, which the EventLoop engine does not speak");
            }
        }

        if (cluster.Discovery is { IsTls: true } discovery)
        {
            yield return new ConfigurationError($"{path}:Discovery:{(discovery.Dns is null ? "Kubernetes" : "Dns")}:Scheme", "asks for TLS to destinations, which the EventLoop engine does not speak");
        }

        if (Speaks(cluster.HttpRequest) is { } other)
        {
            yield return new ConfigurationError($"{path}:HttpRequest:Version", $"asks for HTTP/{other} to destinations, and the EventLoop engine speaks HTTP/1.1");
        }
    }

    // What is spoken over plain text, where it is not HTTP/1.1. An offer of a higher version with a lower allowed means HTTP/1.1 there.
    private static Version? Speaks(HttpRequestOptions request) =>
        request.Version == HttpVersion.Version10 || (request.Version.Major >= 2 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower) ? request.Version : null;

    private static bool IsTls(Uri address, ServiceDirectory? services) => services?.Find(address) is { } addresses
        ? addresses.Any(one => one.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        : address.Scheme.Split('+')[0].Equals("https", StringComparison.OrdinalIgnoreCase);
}
