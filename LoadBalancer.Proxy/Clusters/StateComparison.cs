using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Finds what happened between two states. A destination is the same as long as its cluster and its address are.</summary>
internal static class StateComparison
{
    /// <summary>The changes of destinations, cluster by cluster.</summary>
    public static IEnumerable<(string Cluster, DestinationChange Change, DestinationState Destination)> Changes(RegistryState before, RegistryState after) =>
        Pairs(before, after).SelectMany(pair => Changes(pair.Before, pair.After).Select(found => ((pair.After ?? pair.Before)!.Name, found.Change, found.Destination)));

    /// <summary>Whether someone who has the state before and the changes has the state after: the same clusters, with the same policies and order of destinations.</summary>
    public static bool ChangesSayAll(RegistryState before, RegistryState after) =>
        Pairs(before, after).All(pair => pair is { Before: { } was, After: { } now } && was.Policy == now.Policy && Addresses(now).SequenceEqual(ExpectedOrder(was, now)));

    private static IEnumerable<(DestinationChange Change, DestinationState Destination)> Changes(ClusterState? before, ClusterState? after)
    {
        var (was, now) = (ByAddress(before), ByAddress(after));

        // What goes comes first: what stays or comes may have its name now.
        foreach (var (_, destination) in was.Where(pair => !now.ContainsKey(pair.Key)))
        {
            yield return (DestinationChange.Removed, destination);
        }

        foreach (var (address, destination) in now)
        {
            if (was.TryGetValue(address, out var old))
            {
                if (old.Definition != destination.Definition)
                {
                    yield return (DestinationChange.Redefined, destination);
                }

                if (old.Health.Verdict != destination.Health.Verdict)
                {
                    yield return (DestinationChange.Health, destination);
                }

                if (old.Breaker != destination.Breaker)
                {
                    yield return (DestinationChange.Breaker, destination);
                }

                if (old.Ejection is not null && destination.Ejection is null)
                {
                    yield return (DestinationChange.Readmitted, destination);
                }
            }
        }

        foreach (var (_, destination) in now.Where(pair => !was.ContainsKey(pair.Key)))
        {
            yield return (DestinationChange.Added, destination);
        }
    }

    private static IEnumerable<(ClusterState? Before, ClusterState? After)> Pairs(RegistryState before, RegistryState after)
    {
        var now = after.Clusters.ToDictionary(cluster => cluster.Name);
        var was = before.Clusters.ToDictionary(cluster => cluster.Name);
        return before.Clusters.Select(cluster => ((ClusterState?)cluster, now.GetValueOrDefault(cluster.Name)))
            .Concat(after.Clusters.Where(cluster => !was.ContainsKey(cluster.Name)).Select(cluster => ((ClusterState?)null, (ClusterState?)cluster)));
    }

    // Those that stay keep their places, and new ones come last.
    private static IEnumerable<string> ExpectedOrder(ClusterState was, ClusterState now) =>
        Addresses(was).Intersect(Addresses(now)).Concat(Addresses(now).Except(Addresses(was)));

    private static IEnumerable<string> Addresses(ClusterState cluster) => cluster.Destinations.Select(KeyOf);

    private static OrderedDictionary<string, DestinationState> ByAddress(ClusterState? cluster)
    {
        var destinations = new OrderedDictionary<string, DestinationState>();
        foreach (var destination in cluster?.Destinations ?? [])
        {
            destinations.TryAdd(KeyOf(destination), destination);
        }

        return destinations;
    }

    private static string KeyOf(DestinationState destination) => DestinationAddress.KeyOf(destination.Definition.Address);
}
