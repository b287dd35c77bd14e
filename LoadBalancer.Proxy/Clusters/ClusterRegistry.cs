using System.Collections.Frozen;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>The clusters there are, and the only writer of them: every change passes here, under one lock, and is published in one reference write.</summary>
public sealed class ClusterRegistry
{
    private readonly TimeProvider _time;
    private readonly CreatePicker _createPicker;
    private readonly Lock _lock = new();
    private readonly ChangeFeed _changes = new();
    private volatile FrozenDictionary<string, Cluster> _clusters = FrozenDictionary<string, Cluster>.Empty;

    /// <param name="time">The clock of the health verdicts.</param>
    /// <param name="createPicker">Makes the picker of a policy.</param>
    /// <param name="metrics">Is shown the destinations, to observe them.</param>
    public ClusterRegistry(TimeProvider time, CreatePicker createPicker, ProxyMetrics metrics)
    {
        _time = time;
        _createPicker = createPicker;
        metrics.ObserveDestinations(Observe);
    }

    /// <summary>Happens after clusters or their destinations were added, removed or redefined. Not after a change of health.</summary>
    public event Action? Changed;

    /// <summary>Every cluster, in no order.</summary>
    public IReadOnlyCollection<Cluster> Clusters => _clusters.Values;

    /// <summary>The cluster of this name, or null. Case does not count.</summary>
    public Cluster? Find(string name) => _clusters.GetValueOrDefault(name);

    /// <summary>Makes the clusters be these, and no others. Clusters and destinations that were there before are kept, with all that they know.</summary>
    public void Apply(IReadOnlyCollection<ClusterDefinition> definitions)
    {
        lock (_lock)
        {
            var (before, now) = (_changes.Read_NeedsLock(_clusters.Values), _time.GetUtcNow());
            var clusters = new Dictionary<string, Cluster>(StringComparer.OrdinalIgnoreCase);
            foreach (var definition in definitions)
            {
                clusters.Add(definition.Name, Define_NeedsLock(definition, now));
            }

            _clusters = clusters.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
            _changes.Changed_NeedsLock(before, _changes.Read_NeedsLock(_clusters.Values), now);
        }

        Changed?.Invoke();
    }

    /// <summary>Reads every cluster at one moment.</summary>
    internal RegistryState Read()
    {
        lock (_lock)
        {
            return _changes.Read_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Subscribes to the state as it is now and to every change after it. <see cref="Unsubscribe"/> must follow.</summary>
    internal Subscription Subscribe()
    {
        lock (_lock)
        {
            return _changes.Subscribe_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Ends what <see cref="Subscribe"/> began.</summary>
    internal void Unsubscribe(Subscription subscription)
    {
        lock (_lock)
        {
            _changes.Unsubscribe_NeedsLock(subscription);
        }
    }

    /// <summary>Takes in what a probe found.</summary>
    /// <returns>The change of verdict, or null when it stays.</returns>
    public HealthTransition? ReportProbe(Cluster cluster, Destination destination, ProbeResult result)
    {
        lock (_lock)
        {
            var options = cluster.Current.Options.HealthCheck.Active;

            // A probe that was under way when a reload removed the destination, or switched probing off, says nothing any more.
            if (!options.Enabled || !Holds_NeedsLock(cluster, destination))
            {
                return null;
            }

            var now = _time.GetUtcNow();
            var transition = destination.Health.Observe_NeedsLock(result, options.Rise, options.Fall, now);
            if (transition is not null)
            {
                Refresh_NeedsLock(cluster);
                _changes.Changed_NeedsLock(cluster, destination, DestinationChange.Health, now);
            }

            return transition;
        }
    }

    /// <summary>Does what the operator wants of a destination. It holds until the operator wants something else, also over reloads.</summary>
    /// <returns>The state before.</returns>
    public OperatorState SetState(Cluster cluster, Destination destination, OperatorState state)
    {
        lock (_lock)
        {
            var before = destination.State;
            if (before != state)
            {
                destination.SetState_NeedsLock(state);
                Refresh_NeedsLock(cluster);
                if (Holds_NeedsLock(cluster, destination))
                {
                    _changes.Changed_NeedsLock(cluster, destination, DestinationChange.State, _time.GetUtcNow());
                }
            }

            return before;
        }
    }

    // The same cluster once more: who is available is worked out anew.
    private static void Refresh_NeedsLock(Cluster cluster)
    {
        var snapshot = cluster.Current;
        cluster.Publish(new ClusterSnapshot(snapshot.Options, snapshot.All.ToArray(), snapshot.Picker));
    }

    // Who got hold of a cluster or destination may come with it after it was removed.
    private bool Holds_NeedsLock(Cluster cluster, Destination destination) => Find(cluster.Name) == cluster && cluster.Current.All.Contains(destination);

    private Cluster Define_NeedsLock(ClusterDefinition definition, DateTimeOffset now)
    {
        var cluster = _clusters.GetValueOrDefault(definition.Name);
        var before = cluster?.Current;
        var all = definition.Destinations.Select(wanted =>
        {
            var destination = before is null ? null : FindByAddress(before.All, wanted.Address);
            if (destination is null)
            {
                return new Destination(wanted, now);
            }

            destination.Redefine(wanted);
            if (!definition.Options.HealthCheck.Active.Enabled)
            {
                destination.Health.Reset_NeedsLock(now);
            }

            return destination;
        }).ToArray();

        var keepsPicker = before?.Options.LoadBalancingPolicy == definition.Options.LoadBalancingPolicy;
        var picker = keepsPicker ? before!.Picker : _createPicker(definition.Options.LoadBalancingPolicy, before?.Picker);
        var snapshot = new ClusterSnapshot(definition.Options, all, picker);
        if (cluster is null)
        {
            return new Cluster(definition.Name, snapshot);
        }

        cluster.Publish(snapshot);
        return cluster;
    }

    private static Destination? FindByAddress(ReadOnlySpan<Destination> destinations, Uri address)
    {
        foreach (var destination in destinations)
        {
            if (destination.Address == address)
            {
                return destination;
            }
        }

        return null;
    }

    private List<DestinationReading> Observe()
    {
        var readings = new List<DestinationReading>();
        foreach (var cluster in _clusters.Values)
        {
            foreach (var destination in cluster.Current.All)
            {
                readings.Add(new DestinationReading(cluster.Name, destination.Name, destination.IsAvailable, destination.Load.InFlight));
            }
        }

        return readings;
    }
}

/// <summary>What configuration and discovery say of a cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">How it is used.</param>
/// <param name="Destinations">Its destinations in order; no two with one address or one name.</param>
public sealed record ClusterDefinition(string Name, ClusterOptions Options, IReadOnlyList<DestinationDefinition> Destinations);
