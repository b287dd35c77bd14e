using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>The destinations that the configuration names, a service name standing for all addresses of its service.</summary>
internal static partial class ConfiguredDestinations
{
    /// <summary>The clusters of the configuration.</summary>
    /// <param name="reading">The configuration.</param>
    /// <param name="find">Who was found for a cluster.</param>
    /// <param name="logger">Is told of a service without a usable address: that is no error, for it may get one, but the cluster has fewer destinations than meant.</param>
    public static List<ClusterDefinition> Define(ConfigurationReading reading, Func<string, DiscoveryOptions, IReadOnlyCollection<DestinationDefinition>> find, ILogger logger) => reading.Options.Clusters
        .Select(cluster => new ClusterDefinition(cluster.Key, cluster.Value, SeenFrom(reading.Options.Zone, WithFound(
            Resolve(cluster.Value, reading.Services, logger), cluster.Value.Discovery is { } discovery ? find(cluster.Key, discovery) : []))))
        .ToList();

    private static List<DestinationDefinition> SeenFrom(string? zone, List<DestinationDefinition> definitions) => string.IsNullOrEmpty(zone) ? definitions
        : definitions.ConvertAll(definition => definition with { IsElsewhere = definition.Zone is { } its && !its.Equals(zone, StringComparison.OrdinalIgnoreCase) });

    // What the configuration says of an address, and the names that it gives, come before what is found; and of that, who stays before who leaves.
    private static List<DestinationDefinition> WithFound(List<DestinationDefinition> named, IReadOnlyCollection<DestinationDefinition> found)
    {
        if (found.Count == 0)
        {
            return named;
        }

        var addresses = named.Select(definition => DestinationAddress.KeyOf(definition.Address)).ToHashSet();
        var names = named.Select(definition => definition.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. named,
            .. found.OrderBy(definition => definition.LeavesAt is not null).Where(definition => !addresses.Contains(DestinationAddress.KeyOf(definition.Address)))
                .Select(definition => Named.Free(definition.Name, names) is var name && name == definition.Name ? definition : definition with { Name = name }),
        ];
    }

    internal static List<DestinationDefinition> Resolve(ClusterOptions cluster, ServiceDirectory services, ILogger logger)
    {
        var configured = cluster.Destinations.Select(destination => (Name: destination.Key, Options: destination.Value, Address: DestinationAddress.Read(destination.Value.Address)))
            .Select(destination => (destination.Name, destination.Options, destination.Address, Services: services.Find(destination.Address)))
            .ToList();

        // A name that the operator gave stays; one that is made up for an address of a service gives way.
        var names = configured.Where(destination => destination.Services is null).Select(destination => destination.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var definitions = new List<DestinationDefinition>();
        foreach (var (name, options, address, addresses) in configured)
        {
            var probe = options.Health is { } health ? DestinationAddress.Read(health) : null;
            if (addresses is null)
            {
                Add(() => name, WithoutServiceScheme(address), probe, options);
                continue;
            }

            if (addresses.Count == 0)
            {
                Log.NoAddress(logger, name, options.Address, services.EndpointsOf(address) is var others && others.Any() ? string.Join(", ", others) : "none");
            }

            for (var i = 0; i < addresses.Count; i++)
            {
                var number = i + 1;
                var (resolved, error) = DestinationAddress.Parse(addresses[i]);
                if (resolved is null)
                {
                    Log.WrongAddress(logger, name, options.Address, error);
                }
                else
                {
                    Add(() => Named.Free($"{name}-{number}", names), resolved, probe, options);
                }
            }
        }

        return definitions;

        // Two service names may share an address; a destination is its address, so the first name stays.
        void Add(Func<string> nameIt, Uri at, Uri? probe, DestinationOptions options)
        {
            if (!definitions.Exists(other => DestinationAddress.KeyOf(other.Address) == DestinationAddress.KeyOf(at)))
            {
                definitions.Add(new DestinationDefinition(nameIt(), at, probe, options.Host, options.Weight, options.Priority)
                {
                    Zone = options.Zone,
                    HasProbeHost = options.IsHostOfYarp && probe is not null,
                });
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

        [LoggerMessage(2, LogLevel.Error, "destination {Destination}: of the service in {Address}, {Error}")]
        public static partial void WrongAddress(ILogger logger, string destination, string address, string error);
    }
}
