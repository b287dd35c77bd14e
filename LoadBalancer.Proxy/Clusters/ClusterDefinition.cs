using System.Collections.Frozen;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>What configuration and discovery say of a cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">How it is used.</param>
/// <param name="Destinations">Its destinations in order; no two with one address or one name.</param>
internal sealed record ClusterDefinition(string Name, ClusterOptions Options, IReadOnlyList<DestinationDefinition> Destinations);

/// <summary>The clusters of a configuration that is not in force yet.</summary>
/// <param name="Before">Those that they are to follow.</param>
/// <param name="Clusters">The clusters.</param>
internal sealed record PreparedClusters(FrozenDictionary<string, Cluster> Before, FrozenDictionary<string, Cluster> Clusters)
{
    /// <summary>The cluster of this name, or null. Case does not count.</summary>
    public Cluster? Find(string name) => Clusters.GetValueOrDefault(name);
}
