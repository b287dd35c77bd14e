using System.Collections.Immutable;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>
/// The destinations that the operator has added to clusters or removed from them, whoever named or found those. It never changes; each change makes another one.
/// </summary>
internal sealed class OperatorMembership
{
    /// <summary>What is told as the source of a destination that was added.</summary>
    public const string Source = "operator";

    private readonly ImmutableDictionary<string, Changes> _clusters;

    private OperatorMembership(ImmutableDictionary<string, Changes> clusters) => _clusters = clusters;

    /// <summary>Nothing was added, and nothing removed.</summary>
    public static OperatorMembership None { get; } = new(ImmutableDictionary.Create<string, Changes>(StringComparer.OrdinalIgnoreCase));

    /// <summary>When the next of those that were removed is gone; null when none leaves.</summary>
    public DateTimeOffset? NextDeparture => _clusters.Values.SelectMany(changes => changes.Removed.Values).Min();

    /// <summary>Adds a destination, or puts one back that was removed.</summary>
    public OperatorMembership Add(string cluster, DestinationDefinition definition) => With(cluster, Of(cluster) is var before && before.Removed.ContainsKey(KeyOf(definition))
        ? before with { Removed = before.Removed.Remove(KeyOf(definition)), Added = before.Added.ConvertAll(added => KeyOf(added) == KeyOf(definition) ? definition : added) }
        : before with { Added = before.Added.Add(definition) });

    /// <summary>Removes a destination at a time; until then it keeps its sessions. One that leaves already does so at its time.</summary>
    public OperatorMembership Remove(string cluster, DestinationDefinition definition, DateTimeOffset at) => Of(cluster) is var before && before.Removed.ContainsKey(KeyOf(definition))
        ? this
        : With(cluster, before with { Removed = before.Removed.Add(KeyOf(definition), at) });

    /// <summary>Whether the operator has removed what is at an address; it may be gone, or leave.</summary>
    public bool HasRemoved(string cluster, Uri address) => Of(cluster).Removed.ContainsKey(DestinationAddress.KeyOf(address));

    /// <summary>Lets those go whose time is over.</summary>
    public OperatorMembership Sweep(DateTimeOffset now)
    {
        var swept = this;
        foreach (var (cluster, changes) in _clusters)
        {
            var over = changes.Removed.Where(removed => removed.Value <= now).Select(removed => removed.Key).ToHashSet();
            if (over.Count > 0)
            {
                swept = swept.With(cluster, new Changes(
                    changes.Added.RemoveAll(added => over.Contains(KeyOf(added))),
                    changes.Removed.SetItems(over.Select(key => KeyValuePair.Create(key, (DateTimeOffset?)null)))));
            }
        }

        return swept;
    }

    /// <summary>Forgets what does not matter any more: what was added and is named now, what was removed and nobody names, and clusters that there are not.</summary>
    /// <param name="clusters">What configuration and discovery say.</param>
    public OperatorMembership Settle(IEnumerable<ClusterDefinition> clusters) => new(clusters.Where(cluster => _clusters.ContainsKey(cluster.Name)).Aggregate(None._clusters, (settled, cluster) =>
    {
        var changes = _clusters[cluster.Name];
        var (named, stays) = (Keys(cluster.Destinations), Keys(cluster.Destinations.Where(definition => definition.LeavesAt is null)));
        var added = changes.Added.RemoveAll(definition => stays.Contains(KeyOf(definition)));
        named.UnionWith(Keys(added));
        var removed = changes.Removed.RemoveRange(changes.Removed.Keys.Where(key => !named.Contains(key)));
        return added.IsEmpty && removed.IsEmpty ? settled : settled.SetItem(cluster.Name, new Changes(added, removed));
    }));

    /// <summary>What the operator makes of what configuration and discovery say of a cluster. Their names come before those of destinations that were added.</summary>
    public ClusterDefinition Apply(ClusterDefinition cluster)
    {
        if (!_clusters.TryGetValue(cluster.Name, out var changes))
        {
            return cluster;
        }

        var added = Keys(changes.Added);
        var named = cluster.Destinations.Where(definition => definition.LeavesAt is null || !added.Contains(KeyOf(definition))).ToList();
        var (addresses, names) = (Keys(named), named.Select(definition => definition.Name).ToHashSet(StringComparer.OrdinalIgnoreCase));
        named.AddRange(changes.Added.Where(definition => !addresses.Contains(KeyOf(definition))).Select(definition => definition with { Name = Named.Free(definition.Name, names) }));
        return cluster with { Destinations = [.. named.Where(changes.IsThere).Select(changes.Leaving)] };
    }

    private static HashSet<string> Keys(IEnumerable<DestinationDefinition> definitions) => definitions.Select(KeyOf).ToHashSet();

    private static string KeyOf(DestinationDefinition definition) => DestinationAddress.KeyOf(definition.Address);

    private Changes Of(string cluster) => _clusters.GetValueOrDefault(cluster, Changes.None);

    private OperatorMembership With(string cluster, Changes changes) => new(_clusters.SetItem(cluster, changes));

    // Those that were added, in that order; and the keys of those that were removed, with the time until which they keep their sessions, or null once they are gone.
    private sealed record Changes(ImmutableList<DestinationDefinition> Added, ImmutableDictionary<string, DateTimeOffset?> Removed)
    {
        public static Changes None { get; } = new([], ImmutableDictionary<string, DateTimeOffset?>.Empty);

        public bool IsThere(DestinationDefinition definition) => !Removed.TryGetValue(KeyOf(definition), out var at) || at is not null;

        public DestinationDefinition Leaving(DestinationDefinition definition) =>
            Removed.GetValueOrDefault(KeyOf(definition)) is { } at ? definition with { LeavesAt = at, IsRemovedByOperator = true } : definition;
    }
}
