using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests;

/// <summary>Reads what a subscriber of the registry was told.</summary>
internal static class SubscriptionReading
{
    /// <summary>Subscribes, and reads the state.</summary>
    public static Subscription SubscribeToChanges(this ClusterRegistry registry)
    {
        var subscription = registry.Subscribe();
        Assert.True(subscription.Entries.TryRead(out _));
        return subscription;
    }

    /// <summary>Reads whatever waits.</summary>
    public static List<RegistryEvent> ReadAll(this Subscription subscription)
    {
        var told = new List<RegistryEvent>();
        while (subscription.Entries.TryRead(out var entry))
        {
            told.AddRange(entry);
        }

        return told;
    }

    /// <summary>An event as one line: <c>18 web Health a</c> for a change, <c>18 [web RoundRobin: a b]</c> for a state.</summary>
    public static string Text(this RegistryEvent told) => told switch
    {
        RegistryState state => $"{state.Sequence} {string.Join(' ', state.Clusters.Select(
            cluster => $"[{cluster.Name} {cluster.Policy}: {string.Join(' ', cluster.Destinations.Select(destination => destination.Definition.Name))}]"))}",
        DestinationChanged change => $"{change.Sequence} {change.Cluster} {change.Change} {change.Destination.Definition.Name}",
        _ => throw new ArgumentException(told.ToString(), nameof(told)),
    };
}
