namespace Aspire.Hosting;

/// <summary>How a cluster is balanced and probed. What is not set is as the proxy's configuration has it by default.</summary>
public sealed class ClusterSettings
{
    /// <summary>Name of the endpoint that the destinations serve.</summary>
    public string EndpointName { get; set; } = "http";

    /// <summary>Name of the load balancing policy.</summary>
    public string? Policy { get; set; }

    /// <summary>The path that probes ask for; null for no probes.</summary>
    public string? HealthPath { get; set; }

    /// <summary>From one probe to the next, as the proxy reads it: <c>2s</c>.</summary>
    public string? HealthInterval { get; set; }

    /// <summary>How many probes in a row must fail before a destination is unhealthy.</summary>
    public int? HealthFall { get; set; }

    /// <summary>How many probes in a row must pass before it is healthy again.</summary>
    public int? HealthRise { get; set; }

    internal IEnumerable<(string Key, string Value)> Keys()
    {
        (string Key, object? Value)[] keys =
        [
            ("LoadBalancingPolicy", Policy),
            ("HealthCheck__Active__Enabled", HealthPath is null ? null : "true"),
            ("HealthCheck__Active__Path", HealthPath),
            ("HealthCheck__Active__Interval", HealthInterval),
            ("HealthCheck__Active__Fall", HealthFall),
            ("HealthCheck__Active__Rise", HealthRise),
        ];
        return keys.Where(key => key.Value is not null).Select(key => (key.Key, FormattableString.Invariant($"{key.Value}")));
    }
}
