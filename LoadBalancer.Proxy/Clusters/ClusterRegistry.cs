using System.Collections.Frozen;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>The clusters there are, and the only writer of them: every change passes here, under one lock, and is published in one reference write.</summary>
internal sealed partial class ClusterRegistry
{
    private readonly TimeProvider _time;
    private readonly CreatePicker _createPicker;
    private readonly Lock _lock = new();
    private readonly ChangeFeed _changes = new();

    // Clusters of former configurations, as long as requests that were matched in them go on.
    private readonly List<WeakReference<Cluster>> _former = [];
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

    /// <summary>Happens after a destination has become suspect, or is so no longer.</summary>
    public event Action<Cluster, Destination>? SuspicionChanged;

    /// <summary>Happens after an attempt could not connect to a destination; not each time where many cannot.</summary>
    public event Action<Destination>? ConnectFailed;

    /// <summary>Every cluster, in no order.</summary>
    public IReadOnlyCollection<Cluster> Clusters => _clusters.Values;

    // Monotonic, in ticks of 100 ns, as the engines count.
    private long Now => _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;

    /// <summary>Runs what a request has set off and must not wait for: by default on another thread.</summary>
    public Action<Action> RunAside { private get; init; } = static work => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);

    /// <summary>The cluster of this name, or null. Case does not count.</summary>
    public Cluster? Find(string name) => _clusters.GetValueOrDefault(name);

    /// <summary>Makes the clusters of a new configuration, and changes nothing. Destinations that were there before are kept, with all that they know.</summary>
    public PreparedClusters Prepare(IReadOnlyCollection<ClusterDefinition> definitions)
    {
        var (before, now) = (_clusters, _time.GetUtcNow());
        var clusters = new Dictionary<string, Cluster>(StringComparer.OrdinalIgnoreCase);
        foreach (var definition in definitions)
        {
            clusters.Add(definition.Name, Define(definition, before.GetValueOrDefault(definition.Name), now));
        }

        return new PreparedClusters(before, clusters.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Makes the clusters be those that were prepared, and no others. Verdicts and states that have changed meanwhile count.</summary>
    /// <param name="prepared">The clusters.</param>
    /// <param name="publish">Publishes what leads to them, in one reference write, which cannot fail. Under the lock, so that no change comes between.</param>
    /// <exception cref="InvalidOperationException">Others were committed since these were prepared.</exception>
    public void Commit(PreparedClusters prepared, Action? publish = null)
    {
        var told = new List<EjectionChange>();
        lock (_lock)
        {
            if (!ReferenceEquals(prepared.Before, _clusters))
            {
                throw new InvalidOperationException("Clusters were committed between the preparation and the commit of others.");
            }

            // What can fail comes first, so that it fails as a whole.
            var settled = prepared.Clusters.Values.Select(cluster => (Cluster: cluster, Standing: cluster.Settle(Now))).ToArray();
            var (before, now) = (_changes.Read_NeedsLock(_clusters.Values), _time.GetUtcNow());
            _former.RemoveAll(former => !former.TryGetTarget(out _));
            _former.AddRange(_clusters.Values.Select(cluster => new WeakReference<Cluster>(cluster)));
            _clusters = prepared.Clusters;
            foreach (var (cluster, standing) in settled)
            {
                Settle_NeedsLock(cluster, standing, now);
            }

            publish?.Invoke();
            _changes.Changed_NeedsLock(before, _changes.Read_NeedsLock(_clusters.Values), now);
            foreach (var (cluster, _) in settled)
            {
                Rescue_NeedsLock(cluster, told);
            }
        }

        Tell(told);
        Changed?.Invoke();
        WarmUpBegan?.Invoke();
    }

    /// <summary>Makes the clusters be these, and no others.</summary>
    public void Apply(IReadOnlyCollection<ClusterDefinition> definitions) => Commit(Prepare(definitions));

    /// <summary>Reads every cluster at one moment.</summary>
    public RegistryState Read()
    {
        lock (_lock)
        {
            return _changes.Read_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Subscribes to the state as it is now and to every change after it. <see cref="Unsubscribe"/> must follow.</summary>
    public Subscription Subscribe()
    {
        lock (_lock)
        {
            return _changes.Subscribe_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Ends what <see cref="Subscribe"/> began.</summary>
    public void Unsubscribe(Subscription subscription)
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
        var told = new List<EjectionChange>();
        HealthTransition? transition;
        bool warmsUp;
        lock (_lock)
        {
            // A probe that was under way when a reload removed the destination, or switched probing off, says nothing any more.
            if (Find(cluster.Name) is not { Options.HealthCheck.Active: { Enabled: true } options } current || MemberOf(current, destination) is not { } member)
            {
                return null;
            }

            var now = _time.GetUtcNow();
            transition = destination.Observe_NeedsLock(result, options.Rise, options.Fall, now);
            warmsUp = transition is { From: HealthVerdict.Unhealthy, To: HealthVerdict.Healthy };
            if (warmsUp)
            {
                destination.WarmUp_NeedsLock(Now);
            }

            Refresh_NeedsLock(cluster.Name);
            if (transition is not null)
            {
                _changes.Changed_NeedsLock(current.Name, member, DestinationChange.Health, now);
            }

            if (result.Passed)
            {
                NotePassed_NeedsLock(current, member, told);
            }

            Rescue_NeedsLock(current, told);
        }

        Tell(told);
        if (warmsUp)
        {
            WarmUpBegan?.Invoke();
        }

        return transition;
    }

    /// <summary>Does what the operator wants of a destination. It holds until the operator wants something else, also over reloads.</summary>
    /// <returns>The state before.</returns>
    public OperatorState SetState(Cluster cluster, Destination destination, OperatorState state)
    {
        var told = new List<EjectionChange>();
        OperatorState before;
        lock (_lock)
        {
            before = destination.State;
            if (before == state)
            {
                return before;
            }

            destination.SetState_NeedsLock(state);
            if (before == OperatorState.Down)
            {
                destination.WarmUp_NeedsLock(Now);
            }

            Refresh_NeedsLock(cluster.Name);
            Tell_NeedsLock(cluster, destination, DestinationChange.State);
            if (Find(cluster.Name) is { } current)
            {
                Rescue_NeedsLock(current, told);
            }
        }

        Tell(told);
        if (before == OperatorState.Down)
        {
            WarmUpBegan?.Invoke();
        }

        return before;
    }

    private Cluster Define(ClusterDefinition definition, Cluster? before, DateTimeOffset now)
    {
        var members = definition.Destinations.Select(wanted => new Member(Reuse(before, wanted.Address) ?? Create(wanted.Address), wanted)).ToArray();
        return new Cluster(definition.Name, definition.Options, members, _createPicker, Now, before);

        Destination Create(Uri address)
        {
            var created = new Destination(
                address,
                now,
                destination => OnSuspicion(definition.Name, destination),
                destination => RunAside(() => ConnectFailed?.Invoke(destination)),
                (destination, kind) => RunAside(() => OnStandsOut(definition.Name, destination, kind)));
            if (before is not null)
            {
                created.WarmUp_NeedsLock(Now);
            }

            return created;
        }
    }

    // By the cluster as it is now: a reload may have come between the caller's look and this.
    private void Tell_NeedsLock(Cluster cluster, Destination destination, DestinationChange change)
    {
        if (Find(cluster.Name) is { } current && MemberOf(current, destination) is { } member)
        {
            _changes.Changed_NeedsLock(current.Name, member, change, _time.GetUtcNow());
        }
    }

    private static Destination? Reuse(Cluster? before, Uri address)
    {
        if (before is not null)
        {
            var key = DestinationAddress.KeyOf(address);
            foreach (var member in before.Standing.Members)
            {
                if (member.Destination.AddressPrefix == key)
                {
                    return member.Destination;
                }
            }
        }

        return null;
    }

    private void Settle_NeedsLock(Cluster cluster, Standing standing, DateTimeOffset now)
    {
        foreach (var member in cluster.Standing.Members)
        {
            member.Destination.Watch_NeedsLock(cluster.Outliers);
            if (cluster.Outliers is null && member.Destination.Ejection is not null)
            {
                member.Destination.Readmit_NeedsLock(Now);
            }
        }

        if (!cluster.Options.HealthCheck.Active.Enabled)
        {
            foreach (var member in cluster.Standing.Members)
            {
                member.Destination.ForgetHealth_NeedsLock(now);
            }
        }

        cluster.Stand_NeedsLock(standing);
    }

    // A request keeps the cluster that it was matched in, so those of former configurations follow as well.
    private void Refresh_NeedsLock(string name)
    {
        var now = Now;
        Find(name)?.Refresh_NeedsLock(now);
        foreach (var former in _former)
        {
            if (former.TryGetTarget(out var cluster) && cluster.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                cluster.Refresh_NeedsLock(now);
            }
        }
    }

    private void OnSuspicion(string name, Destination destination) => RunAside(() =>
    {
        lock (_lock)
        {
            Refresh_NeedsLock(name);
        }

        if (Find(name) is { } cluster)
        {
            SuspicionChanged?.Invoke(cluster, destination);
        }
    });

    private static Member? MemberOf(Cluster cluster, Destination destination)
    {
        foreach (var member in cluster.Standing.Members)
        {
            if (member.Destination == destination)
            {
                return member;
            }
        }

        return null;
    }

    private List<DestinationReading> Observe()
    {
        var readings = new List<DestinationReading>();
        foreach (var cluster in _clusters.Values)
        {
            var standing = cluster.Standing;
            for (var i = 0; i < standing.Members.Length; i++)
            {
                var (member, destination) = (standing.Members[i], standing.Members[i].Destination);
                readings.Add(new DestinationReading(cluster.Name, member.Name, destination.IsAvailable, destination.Load.InFlight, standing.Weights[i]));
            }
        }

        return readings;
    }
}

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
