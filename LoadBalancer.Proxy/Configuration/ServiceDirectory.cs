namespace LoadBalancer.Proxy.Configuration;

/// <summary>Service names and their addresses, as an Aspire app host gives them: <c>services:backend:http:0</c>, <c>:1</c>, ...</summary>
internal sealed class ServiceDirectory
{
    private readonly Dictionary<string, Dictionary<string, List<string>>> _services = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="section">The section <c>services</c>.</param>
    public ServiceDirectory(IConfigurationSection section)
    {
        foreach (var service in section.GetChildren())
        {
            var endpoints = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            foreach (var endpoint in service.GetChildren())
            {
                // Children come sorted by number, so the order is that of the app host.
                endpoints[endpoint.Key] = endpoint.GetChildren().Select(address => address.Value).OfType<string>().ToList();
            }

            _services[service.Key] = endpoints;
        }
    }

    /// <summary>All addresses, by the keys that they are under: <c>services:backend:http</c>.</summary>
    public IReadOnlyDictionary<string, string?> Addresses => _services
        .SelectMany(service => service.Value, (service, endpoint) => (Name: $"services:{service.Key}:{endpoint.Key}", Value: (string?)string.Join(", ", endpoint.Value)))
        .ToNamed();

    /// <summary>
    /// The addresses that an address stands for: those of the service its host names, by its scheme (<c>http://backend</c>),
    /// by the first scheme that is there (<c>https+http://backend</c>), or by endpoint (<c>http://_admin.backend</c>).
    /// </summary>
    /// <returns>The addresses in order, or null when the host is no service name.</returns>
    public IReadOnlyList<string>? Find(Uri address)
    {
        var (endpoint, name) = Split(address.Host);
        if (!_services.TryGetValue(name, out var endpoints))
        {
            return null;
        }

        string[] wanted = endpoint is null ? address.Scheme.Split('+') : [endpoint];
        foreach (var candidate in wanted)
        {
            if (endpoints.TryGetValue(candidate, out var addresses))
            {
                return addresses;
            }
        }

        return [];
    }

    /// <summary>The endpoints, with addresses, of the service that an address names.</summary>
    public IEnumerable<string> EndpointsOf(Uri address) =>
        _services.TryGetValue(Split(address.Host).Service, out var endpoints) ? endpoints.Where(endpoint => endpoint.Value.Count > 0).Select(endpoint => endpoint.Key) : [];

    private static (string? Endpoint, string Service) Split(string host) =>
        host.StartsWith('_') && host.IndexOf('.') is > 0 and var dot ? (host[1..dot], host[(dot + 1)..]) : (null, host);
}
