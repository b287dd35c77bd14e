using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Benchmarks;

/// <summary>Makes the parts of a proxy that the benchmarks measure, through the same registry as the program.</summary>
internal static class Make
{
    /// <summary>A registry with these clusters, each with this many destinations and the default options.</summary>
    public static ClusterRegistry Registry(int destinations, params string[] clusters)
    {
        var registry = new ClusterRegistry(TimeProvider.System, Pickers.Create, new ProxyMetrics(new MeterFactory()));
        registry.Apply([.. clusters.Select(name => new ClusterDefinition(name, new ClusterOptions(), Definitions(destinations)))]);
        return registry;
    }

    /// <summary>A cluster with this many destinations; their weights go from 1 to the heaviest.</summary>
    public static Cluster Cluster(int destinations, ClusterOptions? options = null, int heaviest = 1)
    {
        var registry = Registry(destinations);
        registry.Apply([new ClusterDefinition("web", options ?? new ClusterOptions(), Definitions(destinations, heaviest))]);
        return registry.Find("web")!;
    }

    private static DestinationDefinition[] Definitions(int count, int heaviest = 1) =>
        [.. Enumerable.Range(0, count).Select(index => new DestinationDefinition($"d{index}", new Uri($"http://127.0.0.1:{10_000 + index}"), Weight: 1 + (index % heaviest)))];

    private sealed class MeterFactory : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
