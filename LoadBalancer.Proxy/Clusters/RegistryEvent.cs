using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>What a subscriber of the registry is told.</summary>
/// <param name="Sequence">The number of the last change that it takes in. Changes are numbered without gaps from 1.</param>
internal abstract record RegistryEvent(long Sequence);

/// <summary>Every cluster at one moment.</summary>
/// <param name="Sequence">The number of the last change before it.</param>
/// <param name="Clusters">In the order of their names.</param>
internal sealed record RegistryState(long Sequence, IReadOnlyList<ClusterState> Clusters) : RegistryEvent(Sequence)
{
    /// <summary>Reads clusters. The registry's lock must be held, or the parts do not agree.</summary>
    public static RegistryState Of_NeedsLock(IEnumerable<Cluster> clusters, long sequence) =>
        new(sequence, [.. clusters.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).Select(ClusterState.Of)]);
}

/// <summary>One change of one destination.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Cluster">The name of the destination's cluster.</param>
/// <param name="Change">What happened.</param>
/// <param name="At">When.</param>
/// <param name="Destination">The destination right after; of one that was removed, the last there was to see.</param>
internal sealed record DestinationChanged(long Sequence, string Cluster, DestinationChange Change, DateTimeOffset At, DestinationState Destination)
    : RegistryEvent(Sequence);

/// <summary>What can happen to a destination.</summary>
internal enum DestinationChange
{
    /// <summary>The probes changed their verdict, or it was forgotten because probing was switched off.</summary>
    Health,

    /// <summary>The operator wants something else of it.</summary>
    State,

    /// <summary>The operator gave it another weight, or gave it back that of the configuration.</summary>
    Weight,

    /// <summary>It was taken out for what real traffic showed of it.</summary>
    Ejected,

    /// <summary>It is back after it was taken out.</summary>
    Readmitted,

    /// <summary>Its circuit breaker opened, lets trials through, or closed.</summary>
    Breaker,

    /// <summary>It is new in its cluster.</summary>
    Added,

    /// <summary>It is no longer in its cluster.</summary>
    Removed,

    /// <summary>Its address stays, and something else of its definition changed.</summary>
    Redefined,
}

/// <summary>A cluster at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Policy">How it picks.</param>
/// <param name="RefusedRetries">Attempts that its retry budget had no place for, so far.</param>
/// <param name="Shed">Requests that were refused because there were too many, so far.</param>
/// <param name="Waiting">Requests that wait for a place on a destination.</param>
/// <param name="Destinations">Its destinations, in the order in which they take turns.</param>
internal sealed record ClusterState(
    string Name, LoadBalancingPolicy Policy, long RefusedRetries, long Shed, int Waiting, IReadOnlyList<DestinationState> Destinations)
{
    /// <summary>The name of the cluster that serves while none of its destinations is available, or null.</summary>
    public string? Fallback { get; init; }

    /// <summary>Reads a cluster.</summary>
    public static ClusterState Of(Cluster cluster)
    {
        var members = cluster.Standing.Members;
        var destinations = new DestinationState[members.Length];
        for (var i = 0; i < destinations.Length; i++)
        {
            destinations[i] = DestinationState.Of(members[i]);
        }

        return new ClusterState(cluster.Name, cluster.Options.LoadBalancingPolicy, cluster.Retries.Refused, cluster.Shed.Value, cluster.Queue.Count, destinations)
        {
            Fallback = cluster.Fallback?.Name,
        };
    }
}

/// <summary>A destination at one moment.</summary>
internal sealed record DestinationState(
    DestinationDefinition Definition,
    int Weight,
    int? OperatorWeight,
    HealthStatus Health,
    Ejection? Ejection,
    BreakerState? Breaker,
    BreakerTrip? BreakerTrip,
    OperatorState State,
    bool IsAvailable,
    int InFlight,
    long Attempts,
    long Failures,
    double LatencyMilliseconds)
{
    /// <summary>Reads a destination.</summary>
    public static DestinationState Of(Member member)
    {
        var (destination, load) = (member.Destination, member.Destination.Load);
        return new DestinationState(
            member.Definition,
            member.Weight,
            destination.OperatorWeight,
            destination.Health.Status,
            destination.Ejection is { IsDryRun: false } ejection ? ejection : null,
            destination.Breaker is null ? null : destination.BreakerState,
            destination.BreakerTrip,
            destination.State,
            member.IsAvailable,
            load.InFlight,
            load.Attempts,
            load.Failures,
            load.LatencyMilliseconds);
    }
}
