namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the names of zones. They are those of Kubernetes labels, so that a typing error is no zone of its own.</summary>
internal static class ZoneValidator
{
    private const int MostLength = 63;

    /// <summary>Reports each wrong name.</summary>
    /// <param name="options">The options.</param>
    /// <param name="report">Takes the path and what is wrong.</param>
    public static void Check(LoadBalancerOptions options, Action<string, string> report)
    {
        // A pod whose label with the zone is not set has an empty variable, and no zone.
        CheckName("Zone", options.Zone is "" ? null : options.Zone, report);
        foreach (var (name, cluster) in options.Clusters)
        {
            foreach (var (destination, its) in cluster.Destinations)
            {
                CheckName($"Clusters:{name}:Destinations:{destination}:Zone", its.Zone, report);
            }
        }
    }

    private static void CheckName(string path, string? zone, Action<string, string> report)
    {
        if (zone is not null && (zone.Length is 0 or > MostLength || !zone.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')))
        {
            report(path, $"'{zone}' is not the name of a zone: write up to {MostLength} letters, digits, '-', '_' and '.'");
        }
    }
}
