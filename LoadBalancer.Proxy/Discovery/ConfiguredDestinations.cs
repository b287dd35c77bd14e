using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>The destinations that the configuration names, a service name standing for all addresses of its service.</summary>
public static partial class ConfiguredDestinations
{
    /// <summary>Makes the registry's clusters be those of the configuration.</summary>
    /// <remarks>A service without a usable address is no error, for it may get one; the log tells of it, since the cluster has fewer destinations than meant.</remarks>
    public static void Apply(ConfigurationReading reading, ClusterRegistry registry, ILogger logger)
    {
        registry.Apply(reading.Options.Clusters
            .Select(cluster => new ClusterDefinition(cluster.Key, cluster.Value, Resolve(cluster.Value, reading.Services, logger)))
            .ToList());
    }

    internal static List<DestinationDefinition> Resolve(ClusterOptions cluster, ServiceDirectory services, ILogger logger)
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

            if (addresses.Count == 0)
            {
                Log.NoAddress(logger, name, destination.Address, services.EndpointsOf(address) is var others && others.Any() ? string.Join(", ", others) : "none");
            }

            for (var i = 0; i < addresses.Count; i++)
            {
                if (Uri.TryCreate(addresses[i], UriKind.Absolute, out var resolved) && resolved.Scheme is "http" or "https")
                {
                    Add(new DestinationDefinition($"{name}-{i + 1}", resolved, probe, destination.Host));
                }
                else
                {
                    Log.WrongAddress(logger, name, destination.Address, addresses[i]);
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "destination {Destination} has no address: the service in {Address} has no such endpoint; its endpoints with addresses: {Endpoints}")]
        public static partial void NoAddress(ILogger logger, string destination, string address, string endpoints);

        [LoggerMessage(2, LogLevel.Error, "destination {Destination}: the service in {Address} has '{Wrong}', which is not an address, such as http://host:port")]
        public static partial void WrongAddress(ILogger logger, string destination, string address, string wrong);
    }
}
