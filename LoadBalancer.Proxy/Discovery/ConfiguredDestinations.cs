using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>The destinations that the configuration names, a service name standing for all addresses of its service.</summary>
public static class ConfiguredDestinations
{
    /// <summary>Makes the registry's clusters be those of the configuration.</summary>
    public static void Apply(ConfigurationReading reading, ClusterRegistry registry)
    {
        registry.Apply(reading.Options.Clusters
            .Select(cluster => new ClusterDefinition(cluster.Key, cluster.Value, Resolve(cluster.Value, reading.Services)))
            .ToList());
    }

    internal static List<DestinationDefinition> Resolve(ClusterOptions cluster, ServiceDirectory services)
    {
        var definitions = new List<DestinationDefinition>();
        foreach (var (name, destination) in cluster.Destinations)
        {
            var address = new Uri(destination.Address);
            var probe = destination.Health is { } health ? new Uri(health) : null;
            if (services.Find(address) is not { } addresses)
            {
                Add(new DestinationDefinition(name, WithoutServiceScheme(address), probe, destination.Host));
                continue;
            }

            for (var i = 0; i < addresses.Count; i++)
            {
                if (Uri.TryCreate(addresses[i], UriKind.Absolute, out var resolved) && resolved.Scheme is "http" or "https")
                {
                    Add(new DestinationDefinition($"{name}-{i + 1}", resolved, probe, destination.Host));
                }
            }
        }

        return definitions;

        // Two service names may share an address; a destination is its address, so the first name stays.
        void Add(DestinationDefinition definition)
        {
            if (!definitions.Exists(other => other.Address == definition.Address))
            {
                definitions.Add(definition);
            }
        }
    }

    // "https+http" asks for the first that the service has; where there is no such service, for the first outright.
    private static Uri WithoutServiceScheme(Uri address) =>
        address.Scheme.IndexOf('+') is > 0 and var plus ? new Uri(address.OriginalString.Remove(plus, address.Scheme.Length - plus)) : address;
}
