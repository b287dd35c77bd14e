using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Clusters;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The operator's HTTP interface.</summary>
internal static partial class AdminApi
{
    /// <summary>Maps the calls.</summary>
    public static void MapAdminApi(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/clusters", (HttpContext context, ClusterRegistry registry) =>
            context.Response.WriteAsJsonAsync(Describe(registry), AdminJson.Default.ClusterList)).DisableHttpMetrics();
    }

    private static ClusterList Describe(ClusterRegistry registry) => new(registry.Clusters.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).Select(Describe).ToList());

    private static ClusterView Describe(Cluster cluster)
    {
        var snapshot = cluster.Current;
        var destinations = new List<DestinationView>();
        foreach (var destination in snapshot.All)
        {
            destinations.Add(Describe(destination));
        }

        return new ClusterView(cluster.Name, snapshot.Options.LoadBalancingPolicy.ToString(), destinations);
    }

    private static DestinationView Describe(Destination destination)
    {
        var (health, load) = (destination.Health.Status, destination.Load);
        return new DestinationView(
            destination.Name,
            destination.Address.AbsoluteUri,
            health.Verdict.ToString(),
            destination.IsAvailable,
            health.Reason,
            health.Since,
            load.InFlight,
            load.Attempts,
            load.Failures,
            Math.Round(load.LatencyMilliseconds, 3));
    }

    private sealed record ClusterList(IReadOnlyList<ClusterView> Clusters);

    private sealed record ClusterView(string Name, string Policy, IReadOnlyList<DestinationView> Destinations);

    private sealed record DestinationView(
        string Name,
        string Address,
        string Health,
        bool Available,
        string Reason,
        DateTimeOffset Since,
        int InFlight,
        long Requests,
        long Failures,
        double LatencyMs);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
    [JsonSerializable(typeof(ClusterList))]
    private sealed partial class AdminJson : JsonSerializerContext;
}
