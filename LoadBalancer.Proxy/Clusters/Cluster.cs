using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>A named set of interchangeable destinations, as one configuration has it. Its <see cref="Standing"/> follows health and the operator; everything else stays.</summary>
internal sealed class Cluster
{
    private readonly CreatePicker _createPicker;
    private volatile Standing _standing;
    private volatile object? _engineState;

    /// <param name="name">Its name.</param>
    /// <param name="options">How it is used.</param>
    /// <param name="members">Its destinations, in the order in which they take turns.</param>
    /// <param name="createPicker">Makes the picker of each standing.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <param name="previous">The cluster of this name in the configuration before, if there was one.</param>
    public Cluster(string name, ClusterOptions options, Member[] members, CreatePicker createPicker, long now, Cluster? previous = null)
    {
        Name = name;
        Options = options;
        Outliers = options.OutlierDetection ?? options.HealthCheck.Passive.AsOutlierDetection();
        Retries = previous?.Retries ?? new RetryBudget();
        Shed = previous?.Shed ?? new ShedCount();
        Hedging = options.Hedge is not { } wanted ? null
            : previous?.Hedging is { } hedging && hedging.Options == wanted ? hedging
            : new HedgeDelay(wanted);
        _createPicker = createPicker;
        _standing = new Standing(options, members, createPicker, previous?.Standing.Picker, now);
        _engineState = previous?.EngineState;
        HasPaths = Array.Exists(members, member => member.Destination.HasPath);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>How it is used.</summary>
    public ClusterOptions Options { get; }

    /// <summary>Who is available now. Read it anew for each attempt, once: what is in it agrees.</summary>
    public Standing Standing => _standing;

    /// <summary>What its destinations might be taken out for; null for nothing.</summary>
    public OutlierDetectionOptions? Outliers { get; }

    /// <summary>The sessions of its clients; null when they have none.</summary>
    public SessionTable? Sessions { get; init; }

    /// <summary>The cluster that serves requests while none of its destinations is available; null where there is none. Of the same configuration, and set before that is in force.</summary>
    public Cluster? Fallback { get; set; }

    /// <summary>How many attempts may repeat what was sent before. It goes on over reloads.</summary>
    public RetryBudget Retries { get; }

    /// <summary>How many of its requests were refused because there were too many. It goes on over reloads.</summary>
    public ShedCount Shed { get; }

    /// <summary>How long a request waits before it is hedged; null where none is. It goes on over reloads that leave its options as they are.</summary>
    public HedgeDelay? Hedging { get; }

    /// <summary>The requests that wait for a place on one of its destinations, which hand theirs on to it. It goes on over reloads.</summary>
    public required WaitQueue<Destination> Queue { get; init; }

    /// <summary>How many attempts are under way on its destinations.</summary>
    public int InFlight
    {
        get
        {
            var inFlight = 0;
            foreach (var member in Standing.Members)
            {
                inFlight += member.Destination.Load.InFlight;
            }

            return inFlight;
        }
    }

    /// <summary>Whether a destination's address has a path, which requests are not to leave.</summary>
    public bool HasPaths { get; }

    /// <summary>What the engine keeps for the cluster, such as its connections. At first it is that of the configuration before.</summary>
    public object? EngineState
    {
        get => _engineState;
        set => _engineState = value;
    }

    // What nobody looks at any more counts no more.
    private DestinationFlags Forgotten =>
        (Options.HealthCheck.Active.Enabled ? DestinationFlags.None : DestinationFlags.Unhealthy) | (Outliers is null ? DestinationFlags.Ejected : DestinationFlags.None)
        | (Options.CircuitBreaker is null ? DestinationFlags.Open | DestinationFlags.HalfOpen : DestinationFlags.None);

    /// <summary>Works the standing out anew where it is no longer what flags and weights say. The registry's lock must be held.</summary>
    public void Refresh_NeedsLock(long now) => _standing = StandingAt(now, DestinationFlags.None);

    /// <summary>The standing at the moment when the cluster is put in force, with what is no longer found out forgotten. It changes nothing: making a picker may fail.</summary>
    public Standing Settle(long now) => StandingAt(now, Forgotten);

    /// <summary>Takes what <see cref="Settle"/> gave. The registry's lock must be held.</summary>
    public void Stand_NeedsLock(Standing standing) => _standing = standing;

    /// <summary>Gives those that wait what places there are, and lets them go where there will be none.</summary>
    public void ServeQueue()
    {
        var standing = Standing;
        if (standing.Available.IsEmpty)
        {
            Queue.Dismiss();
            return;
        }

        foreach (var member in standing.Available)
        {
            while (Queue.Count > 0 && member.Destination.TryBegin(standing.Tolerated) == Admission.Admitted && member.Destination.Release())
            {
            }
        }
    }

    /// <summary>What this configuration says of a destination, or null when it does not have it.</summary>
    public Member? MemberOf(Destination destination)
    {
        foreach (var member in Standing.Members)
        {
            if (member.Destination == destination)
            {
                return member;
            }
        }

        return null;
    }

    private Standing StandingAt(long now, DestinationFlags forgotten)
    {
        var standing = _standing;
        return standing.IsCurrent(Options, now, forgotten) ? standing : new Standing(Options, standing.Members.ToArray(), _createPicker, standing.Picker, now, forgotten);
    }
}
