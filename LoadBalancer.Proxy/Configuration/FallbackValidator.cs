namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks what clusters fall back on.</summary>
internal static class FallbackValidator
{
    /// <summary>Reports clusters that there are not, and circles.</summary>
    public static void Check(IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, cluster) in clusters)
        {
            if (cluster.Fallback is not { } fallback)
            {
                continue;
            }

            if (!clusters.ContainsKey(fallback))
            {
                report($"Clusters:{name}:Fallback", $"no cluster is named '{fallback}'; clusters: {string.Join(", ", clusters.Keys)}");
            }
            else if (!told.Contains(name) && CircleOf(name, clusters) is { } circle)
            {
                told.UnionWith(circle);
                report($"Clusters:{name}:Fallback", $"leads back to '{name}': {string.Join(" -> ", circle)}");
            }
        }
    }

    private static List<string>? CircleOf(string name, IReadOnlyDictionary<string, ClusterOptions> clusters)
    {
        var way = new List<string> { name };
        for (var next = clusters[name].Fallback; next is not null && clusters.TryGetValue(next, out var cluster) && way.Count <= clusters.Count; next = cluster.Fallback)
        {
            way.Add(next);
            if (next.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return way;
            }
        }

        return null;
    }
}
