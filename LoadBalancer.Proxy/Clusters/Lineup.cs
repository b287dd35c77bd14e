using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Who of a cluster's members is picked among, and who only when those are used up: by flags, weights, priorities, zones and panic. A pure function of them.</summary>
internal readonly struct Lineup
{
    private Lineup(List<int> candidates, List<int> reserve, DestinationFlags tolerated, Placement[] placements, double weightElsewhere) =>
        (Candidates, Reserve, Tolerated, Placements, WeightElsewhere) = (candidates, reserve, tolerated, placements, weightElsewhere);

    /// <summary>Places of the members that the picker chooses among, in their order.</summary>
    public List<int> Candidates { get; }

    /// <summary>Places of those that are tried when no candidate is left: destinations of other zones, then of lower priority, then those that are suspect.</summary>
    public List<int> Reserve { get; }

    /// <summary>The flags that do not matter, as in a panic.</summary>
    public DestinationFlags Tolerated { get; }

    /// <summary>Of each member, why it is where it is.</summary>
    public Placement[] Placements { get; }

    /// <summary>What the weights of candidates in other zones count beside those of the own zone; 1 for as much.</summary>
    public double WeightElsewhere { get; }

    /// <summary>Lines the members up.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="members">The members.</param>
    /// <param name="flags">What stands against each.</param>
    /// <param name="weights">The weight of each; one without gets no new requests.</param>
    public static Lineup Of(ClusterOptions options, Member[] members, DestinationFlags[] flags, double[] weights)
    {
        // :: Step 1: Who is there at all. Those that the operator has taken out count neither as available nor as missing.
        var wanted = Enumerable.Range(0, members.Length)
            .Where(i => weights[i] > 0 && (flags[i] & (DestinationFlags.Draining | DestinationFlags.Down)) == 0)
            .ToList();

        // :: Step 2: Whether health checks are believed. They are as long as enough are available of one priority, be it that of the backups.
        var healthy = wanted.FindAll(i => (flags[i] & DestinationFlags.Unavailable) == 0);
        var tolerated = wanted.Count > 0 && !Tiers(members, wanted, healthy).Any(tier => tier.Available >= tier.Wanted * options.Panic.Threshold)
            ? DestinationFlags.Verdicts
            : DestinationFlags.None;
        var available = wanted.FindAll(i => (flags[i] & ~tolerated & DestinationFlags.Unavailable) == 0);

        // :: Step 3: Who is suspect comes last; where everyone is, nobody is more so than the others.
        var fit = available.FindAll(i => (flags[i] & DestinationFlags.Suspect) == 0);
        fit = fit.Count == 0 ? available : fit;
        var suspects = available.Except(fit).ToList();

        // :: Step 4: The best priority serves, and each next one where too few of the one before it are available.
        var last = Tiers(members, wanted, fit)
            .Where(tier => tier.Available > 0 && tier.Available >= tier.Wanted * options.PriorityThreshold)
            .Select(tier => (int?)tier.Priority)
            .FirstOrDefault() ?? int.MaxValue;
        var serving = fit.FindAll(i => PriorityOf(i) <= last);
        List<int> backups = [.. fit.Except(serving).OrderBy(PriorityOf).ThenBy(IsElsewhere)];
        suspects = [.. suspects.OrderBy(PriorityOf).ThenBy(IsElsewhere)];

        // :: Step 5: Of those, the ones in other zones wait until the own zone has too few.
        var weightElsewhere = OwnZone.WeightElsewhere(options, members, wanted.FindAll(i => PriorityOf(i) <= last), serving, weights);
        var candidates = weightElsewhere > 0 ? serving : serving.FindAll(i => !IsElsewhere(i));
        List<int> elsewhere = [.. serving.Except(candidates).OrderBy(PriorityOf)];

        // :: Step 6: Each step says whom it has left out, and why.
        var placements = Array.ConvertAll(flags, flag => OutBy(flag & ~tolerated));
        Place(candidates, Placement.Candidate);
        Place(elsewhere, Placement.Elsewhere);
        Place(backups, Placement.Backup);
        Place(suspects, Placement.Suspect);
        return new Lineup(candidates, [.. elsewhere, .. backups, .. suspects], tolerated, placements, weightElsewhere);

        void Place(List<int> places, Placement placement) => places.ForEach(place => placements[place] = placement);

        int PriorityOf(int place) => members[place].Definition.Priority;

        bool IsElsewhere(int place) => members[place].Definition.IsElsewhere;
    }

    // What stands against a member that is not picked. Without a flag it is the weight.
    private static Placement OutBy(DestinationFlags flags) =>
        (flags & DestinationFlags.Down) != 0 ? Placement.Down
        : (flags & DestinationFlags.Draining) != 0 ? Placement.Draining
        : (flags & DestinationFlags.Ejected) != 0 ? Placement.Ejected
        : (flags & DestinationFlags.Unhealthy) != 0 ? Placement.Unhealthy
        : (flags & DestinationFlags.Open) != 0 ? Placement.Open
        : Placement.Weightless;

    // Of each priority, the best first: how many there are, and how many of them are available.
    private static IEnumerable<(int Priority, int Wanted, int Available)> Tiers(Member[] members, List<int> wanted, List<int> available) =>
        from place in wanted
        group place by members[place].Definition.Priority into tier
        orderby tier.Key
        select (tier.Key, tier.Count(), tier.Count(available.Contains));
}

/// <summary>Where a member stands in its cluster, and why there.</summary>
internal enum Placement
{
    /// <summary>The picker chooses among such.</summary>
    Candidate,

    /// <summary>It is in another zone, which is tried when no candidate is left.</summary>
    Elsewhere,

    /// <summary>Its priority is tried when no candidate is left.</summary>
    Backup,

    /// <summary>Its last connect timed out; it is tried last.</summary>
    Suspect,

    /// <summary>It gets nothing, for its weight is 0.</summary>
    Weightless,

    /// <summary>It gets nothing: the operator drains it.</summary>
    Draining,

    /// <summary>It gets nothing: the operator has taken it down.</summary>
    Down,

    /// <summary>It gets nothing: its probes fail.</summary>
    Unhealthy,

    /// <summary>It gets nothing: real traffic showed it to be an outlier.</summary>
    Ejected,

    /// <summary>It gets nothing: its circuit breaker lets nothing through.</summary>
    Open,
}
