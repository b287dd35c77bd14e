using System.Globalization;
using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Who of the endpoints in all slices of a service is a destination. A pure function.</summary>
internal static class ReadyEndpoints
{
    private const string IPv4 = "IPv4";

    /// <summary>The destinations: those that are ready, or where nobody is, those that terminate and still serve, as kube-proxy has it.</summary>
    /// <param name="slices">The slices.</param>
    /// <param name="options">What to make of them.</param>
    /// <param name="source">What the destinations say of where they were found.</param>
    public static DiscoveryAnswer Of(IReadOnlyCollection<EndpointSlice> slices, KubernetesDiscoveryOptions options, string source)
    {
        if (slices.Count == 0)
        {
            // A service without pods has an empty one.
            return new DiscoveryAnswer(null, "it has no EndpointSlice: is there such a service?");
        }

        // A service of both families has each pod twice.
        var filled = slices.Where(slice => slice.Endpoints is { Count: > 0 }).OrderBy(slice => slice.Metadata?.Name, StringComparer.Ordinal).ToArray();
        var family = Array.Exists(filled, slice => slice.AddressType == IPv4) ? IPv4 : "IPv6";
        var endpoints = new Dictionary<string, Endpoint>();
        foreach (var slice in filled.Where(slice => slice.AddressType == family))
        {
            if (!TryFindPort(slice.Ports ?? [], options.Port, out var port, out var failure))
            {
                return new DiscoveryAnswer(null, failure);
            }

            foreach (var endpoint in slice.Endpoints!)
            {
                // While the slices are packed anew, an endpoint may be in two of them; the better one counts.
                if (Read(endpoint, port, options, source) is { } read
                    && DestinationAddress.KeyOf(read.Definition.Address) is var key
                    && !(endpoints.TryGetValue(key, out var other) && other.Rank <= read.Rank))
                {
                    endpoints[key] = read;
                }
            }
        }

        var ready = endpoints.Values.Where(endpoint => endpoint.IsReady).ToArray();
        var found = ready.Length > 0 ? ready : [.. endpoints.Values.Where(endpoint => endpoint.IsServing)];
        return new DiscoveryAnswer([.. found.Select(endpoint => endpoint.Definition)])
        {
            Unfit = endpoints.Where(pair => pair.Value is { IsReady: false, IsServing: false }).Select(pair => pair.Key).ToHashSet(),
        };
    }

    private static bool TryFindPort(IReadOnlyList<SlicePort> ports, string? wanted, out int port, out string failure)
    {
        var number = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var fitting = wanted is null ? ports : [.. ports.Where(one => one.Name == wanted || one.Port == number)];
        port = fitting.Count > 0 ? fitting[0].Port ?? 0 : 0;
        var known = string.Join(", ", ports.Select(one => one.Name is { Length: > 0 } name ? $"{name} ({one.Port})" : $"{one.Port}"));
        failure = fitting.Count == 0 ? $"it has no port {wanted}; its ports: {known}"
            : wanted is null && fitting.Count > 1 ? $"it has several ports, so Port must say which: {known}"
            : port == 0 ? $"its port {wanted} has no number"
            : "";
        return failure.Length == 0;
    }

    // Every address of an endpoint leads to the same pod.
    private static Endpoint? Read(SliceEndpoint endpoint, int port, KubernetesDiscoveryOptions options, string source)
    {
        if (endpoint.Addresses is not [var text, ..] || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        var isReady = endpoint.Conditions?.Ready ?? true;
        var isServing = endpoint.Conditions?.Serving ?? isReady;
        var endPoint = new IPEndPoint(address, port);
        var name = endpoint.TargetRef is { Kind: "Pod", Name: { Length: > 0 } pod } ? pod : endPoint.ToString();
        return new Endpoint(
            new DestinationDefinition(name, FoundAddress.Of(options.Scheme, endPoint), Host: options.Host, Priority: options.Priority) { Source = source, Zone = endpoint.Zone },
            isReady,
            isServing && endpoint.Conditions?.Terminating == true);
    }

    private sealed record Endpoint(DestinationDefinition Definition, bool IsReady, bool IsServing)
    {
        public int Rank => IsReady ? 0 : IsServing ? 1 : 2;
    }
}
