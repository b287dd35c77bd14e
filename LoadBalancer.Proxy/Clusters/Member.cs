namespace LoadBalancer.Proxy.Clusters;

/// <summary>A destination as one snapshot of its cluster names and uses it. It never changes.</summary>
/// <param name="Destination">The destination itself, which outlives the snapshot.</param>
/// <param name="Definition">What configuration and discovery say of it.</param>
internal readonly record struct Member(Destination Destination, DestinationDefinition Definition)
{
    /// <summary>The name that logs, metrics and the admin API use.</summary>
    public string Name => Definition.Name;

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
internal sealed record DestinationDefinition(string Name, Uri Address, Uri? ProbeAddress = null, string? Host = null);
