namespace LoadBalancer.Proxy.Clusters;

/// <summary>Numbers the changes of the registry and tells its subscribers, never waiting for one. Everything here needs the registry's lock.</summary>
internal sealed class ChangeFeed
{
    private readonly List<Subscription> _subscriptions = [];
    private long _sequence;

    /// <summary>Reads the clusters, with the number of the last change.</summary>
    public RegistryState Read_NeedsLock(IEnumerable<Cluster> clusters) => RegistryState.Of_NeedsLock(clusters, _sequence);

    /// <summary>Adds a subscriber, which is told the state first.</summary>
    public Subscription Subscribe_NeedsLock(IEnumerable<Cluster> clusters)
    {
        var subscription = new Subscription();
        subscription.Tell_NeedsLock([Read_NeedsLock(clusters)]);
        _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>Ends a subscription; one that has ended already stays so.</summary>
    public void Unsubscribe_NeedsLock(Subscription subscription)
    {
        _subscriptions.Remove(subscription);
        subscription.End_NeedsLock();
    }

    /// <summary>Tells of one change.</summary>
    public void Changed_NeedsLock(string cluster, Member member, DestinationChange change, DateTimeOffset now) =>
        Tell_NeedsLock([new DestinationChanged(++_sequence, cluster, change, now, DestinationState.Of(member))]);

    /// <summary>Tells what came between two states, and the later state itself where the changes do not say it all.</summary>
    public void Changed_NeedsLock(RegistryState before, RegistryState after, DateTimeOffset now)
    {
        var entry = new List<RegistryEvent>();
        foreach (var (cluster, change, destination) in StateComparison.Changes(before, after))
        {
            entry.Add(new DestinationChanged(++_sequence, cluster, change, now, destination));
        }

        if (!StateComparison.ChangesSayAll(before, after))
        {
            entry.Add(after with { Sequence = _sequence });
        }

        if (entry.Count > 0)
        {
            Tell_NeedsLock(entry);
        }
    }

    private void Tell_NeedsLock(IReadOnlyList<RegistryEvent> entry) => _subscriptions.RemoveAll(subscription => !subscription.Tell_NeedsLock(entry));
}
