using System.Collections.Frozen;
using System.Security.Cryptography;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>The clusters there are, and the only writer of them: every change passes here, under one lock, and is published in one reference write.</summary>
internal sealed partial class ClusterRegistry
{
    // What the ids of sessions are made with where the configuration has no key. To make one loads the cryptography of the system, some megabytes.
    private readonly Lazy<byte[]> _sessionSecret = new(() => RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes));
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
        metrics.ObserveClusters(() => [.. _clusters.Values.Select(cluster => new ClusterReading(cluster.Name, cluster.Retries.Refused, cluster.Queue.Count))]);
    }

    /// <summary>Happens after clusters or their destinations were added, removed or redefined. Not after a change of health.</summary>
    public event Action? Changed;

    /// <summary>Happens after a destination has become suspect, or is so no longer.</summary>
    public event Action<Cluster, Destination>? SuspicionChanged;

    /// <summary>Happens after an attempt could not connect to a destination; not each time where many cannot.</summary>
    public event Action<Destination>? ConnectFailed;

    /// <summary>Every cluster, in no order.</summary>
    public IReadOnlyCollection<Cluster> Clusters => _clusters.Values;

    private long Now => _time.MonotonicTicks();

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

        foreach (var cluster in clusters.Values.Where(cluster => cluster.Options.Fallback is not null))
        {
            cluster.Fallback = clusters.GetValueOrDefault(cluster.Options.Fallback!);
        }

        return new PreparedClusters(before, clusters.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Makes the clusters be those that were prepared, and no others. Verdicts and states that have changed meanwhile count.</summary>
    /// <param name="prepared">The clusters.</param>
    /// <param name="publish">Publishes what leads to them, in one reference write, which cannot fail. Under the lock, so that no change comes between.</param>
    /// <exception cref="InvalidOperationException">Others were committed since these were prepared.</exception>
    public void Commit(PreparedClusters prepared, Action? publish = null)
    {
        Change(after =>
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
                Rescue_NeedsLock(cluster, after);
            }

            // Those that are new were warming up before they were here.
            after.WarmsUp = true;
            return true;
        });
        Changed?.Invoke();
    }

    /// <summary>Makes the clusters be these, and no others.</summary>
    public void Apply(IReadOnlyCollection<ClusterDefinition> definitions) => Commit(Prepare(definitions));

    /// <summary>Takes in what a probe found.</summary>
    /// <returns>The change of verdict, or null when it stays.</returns>
    public HealthTransition? ReportProbe(Cluster cluster, Destination destination, ProbeResult result) => Change(after =>
    {
        // A probe that was under way when a reload removed the destination, or switched probing off, says nothing any more.
        if (Find(cluster.Name) is not { Options.HealthCheck.Active: { Enabled: true } options } current || current.MemberOf(destination) is not { } member)
        {
            return null;
        }

        var now = _time.GetUtcNow();
        var transition = destination.Observe_NeedsLock(result, options.Rise, options.Fall, now);
        if (transition is { From: HealthVerdict.Unhealthy, To: HealthVerdict.Healthy })
        {
            WarmUp_NeedsLock(destination, after);
        }

        Refresh_NeedsLock(cluster.Name);
        if (transition is not null)
        {
            _changes.Changed_NeedsLock(current.Name, member, DestinationChange.Health, now);
        }

        if (result.Passed)
        {
            NotePassed_NeedsLock(current, member, after);
        }

        Rescue_NeedsLock(current, after);
        return transition;
    });

    /// <summary>Does what the operator wants of a destination. It holds until the operator wants something else, also over reloads.</summary>
    /// <returns>The state before.</returns>
    public OperatorState SetState(Cluster cluster, Destination destination, OperatorState state) => Change(after =>
    {
        var before = destination.State;
        if (before != state)
        {
            destination.SetState_NeedsLock(state, Now + (Find(cluster.Name) ?? cluster).Options.DrainTimeout.Ticks);
            if (before == OperatorState.Down)
            {
                WarmUp_NeedsLock(destination, after);
            }

            Wanted_NeedsLock(cluster, destination, DestinationChange.State, after);
        }

        return before;
    });

    private Cluster Define(ClusterDefinition definition, Cluster? before, DateTimeOffset now)
    {
        var queue = before?.Queue ?? new WaitQueue<Destination>();
        var members = definition.Destinations.Select(wanted => new Member(Reuse(before, wanted.Address) ?? Create(wanted.Address), wanted)).ToArray();
        var sessions = definition.Options.SessionAffinity is { Enabled: true } affinity ? new SessionTable(definition.Name, affinity, members, _sessionSecret.Value) : null;
        return new Cluster(definition.Name, definition.Options, members, _createPicker, Now, before) { Sessions = sessions, Queue = queue };

        Destination Create(Uri address)
        {
            var created = new Destination(
                address,
                now,
                destination => OnSuspicion(definition.Name, destination),
                destination => RunAside(() => ConnectFailed?.Invoke(destination)),
                (destination, kind) => RunAside(() => OnStandsOut(definition.Name, destination, kind)),
                (destination, sign) => RunAside(() => OnBreaker(definition.Name, destination, sign)))
            {
                Queue = queue,
            };

            // Where there was nobody before, all are equally cold.
            if (before is { Standing.Members.IsEmpty: false })
            {
                created.WarmUp_NeedsLock(Now);
            }

            return created;
        }
    }

    // The operator wants something else. By the cluster as it is now: a reload may have come between the caller's look and this.
    private void Wanted_NeedsLock(Cluster cluster, Destination destination, DestinationChange change, Aftermath after)
    {
        Refresh_NeedsLock(cluster.Name);
        if (Find(cluster.Name) is { } current)
        {
            if (current.MemberOf(destination) is { } member)
            {
                _changes.Changed_NeedsLock(current.Name, member, change, _time.GetUtcNow());
            }

            Rescue_NeedsLock(current, after);
        }
    }

    // Whatever is changed is changed under the lock, and what follows from it is told after.
    private T Change<T>(Func<Aftermath, T> change)
    {
        var after = new Aftermath();
        T result;
        lock (_lock)
        {
            result = change(after);
        }

        after.Breakers.ForEach(change => BreakerChanged?.Invoke(change));
        after.Ejections.ForEach(ejection => EjectionChanged?.Invoke(ejection));
        if (after.WarmsUp)
        {
            WarmUpBegan?.Invoke();
        }

        return result;
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
            var destination = member.Destination;
            destination.Watch_NeedsLock(cluster.Outliers);
            destination.Guard_NeedsLock(cluster.Options.CircuitBreaker);
            destination.Limit_NeedsLock(cluster.Options.MaxConcurrentRequests);
            if (cluster.Outliers is null && destination.Ejection is not null)
            {
                destination.Readmit_NeedsLock(Now);
            }

            if (!cluster.Options.HealthCheck.Active.Enabled)
            {
                destination.ForgetHealth_NeedsLock(now);
            }
        }

        cluster.Stand_NeedsLock(standing);
        ServeQueue_NeedsLock(cluster);
    }

    // A request keeps the cluster that it was matched in, so those of former configurations follow as well.
    private void Refresh_NeedsLock(string name)
    {
        var now = Now;
        if (Find(name) is { } current)
        {
            current.Refresh_NeedsLock(now);
            ServeQueue_NeedsLock(current);
        }

        foreach (var former in _former)
        {
            if (former.TryGetTarget(out var cluster) && cluster.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                cluster.Refresh_NeedsLock(now);
            }
        }
    }

    // There may be places that nobody has left. Not under the lock: those that wait are woken.
    private void ServeQueue_NeedsLock(Cluster cluster)
    {
        if (cluster.Queue.Count > 0)
        {
            RunAside(cluster.ServeQueue);
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

    /// <summary>What a change leads to that is told when the lock is left.</summary>
    private sealed class Aftermath
    {
        /// <summary>Ejections that began or ended.</summary>
        public List<EjectionChange> Ejections { get; } = [];

        /// <summary>Circuit breakers that changed.</summary>
        public List<BreakerChange> Breakers { get; } = [];

        /// <summary>Whether a destination may have begun to warm up.</summary>
        public bool WarmsUp { get; set; }
    }
}
