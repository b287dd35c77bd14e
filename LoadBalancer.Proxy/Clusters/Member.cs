namespace LoadBalancer.Proxy.Clusters;

/// <summary>A destination as one snapshot of its cluster names and uses it. It never changes.</summary>
/// <param name="Destination">The destination itself, which outlives the snapshot.</param>
/// <param name="Definition">What configuration and discovery say of it.</param>
internal readonly record struct Member(Destination Destination, DestinationDefinition Definition)
{
    /// <summary>The name that logs, metrics and the admin API use.</summary>
    public string Name => Definition.Name;

    /// <summary>
    /// Its weight: that of the operator, or else of the configuration. Zero for no new requests but those of its sessions,
    /// as for one that is no longer found, whatever the operator wants of it.
    /// </summary>
    public int Weight => Definition.LeavesAt is not null ? 0 : Destination.OperatorWeight ?? Definition.Weight;

    /// <summary>Whether it may be picked for new requests: so not while it leaves, whatever else is right with it.</summary>
    public bool IsAvailable => Destination.IsAvailable && Definition.LeavesAt is null;

    /// <summary>The <c>Host</c> header to send instead of the client's, or null.</summary>
    public string? Host => Definition.Host;

    /// <summary>Where probes go.</summary>
    public Uri ProbeAddress => Definition.ProbeAddress ?? Definition.Address;

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>What configuration and discovery say of a destination.</summary>
/// <param name="Name">Its name, unique in the cluster.</param>
/// <param name="Address">Where requests go; the destination's identity.</param>
/// <param name="ProbeAddress">Where probes go, or null for the same address.</param>
/// <param name="Host">The <c>Host</c> header to send, or null for the client's.</param>
/// <param name="Weight">How many requests it gets in proportion to the others.</param>
/// <param name="Priority">Its tier: those of a higher number serve when too few of the lower ones can.</param>
internal sealed record DestinationDefinition(string Name, Uri Address, Uri? ProbeAddress = null, string? Host = null, int Weight = 1, int Priority = 0)
{
    /// <summary>Where it was found, as in <c>DNS web.example.com</c>, or that the operator added it; null where the configuration names it.</summary>
    public string? Source { get; init; }

    /// <summary>The zone that it runs in, where that is known.</summary>
    public string? Zone { get; init; }

    /// <summary>Whether that is another zone than the proxy's.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>When it is removed, since it is no longer found or the operator wants it; null while it stays.</summary>
    public DateTimeOffset? LeavesAt { get; init; }

    /// <summary>Whether it is the operator who removes it.</summary>
    public bool IsRemovedByOperator { get; init; }

    /// <summary>Whether probes have the host of the address that they go to, whatever <see cref="Host"/> is.</summary>
    public bool HasProbeHost { get; init; }

    /// <summary>The <c>Host</c> header of probes, or null for that of the address that they go to.</summary>
    public string? ProbeHost => HasProbeHost ? null : Host;
}
