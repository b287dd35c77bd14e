namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// One address that can serve a request. It lives as long as its cluster names the address:
/// a reload gives it new settings, and its counters and verdict go on.
/// </summary>
public sealed class Destination
{
    private volatile DestinationDefinition _definition;
    private volatile OperatorState _state;

    internal Destination(DestinationDefinition definition, DateTimeOffset now)
    {
        _definition = definition;
        Address = definition.Address;
        AddressPrefix = definition.Address.AbsoluteUri.TrimEnd('/');
        Health = new DestinationHealth(now);
    }

    /// <summary>The name that logs, metrics and the admin API use.</summary>
    public string Name => _definition.Name;

    /// <summary>Where requests go.</summary>
    public Uri Address { get; }

    /// <summary><see cref="Address"/> without a slash at its end: what the path of a request is appended to.</summary>
    public string AddressPrefix { get; }

    /// <summary>Whether <see cref="Address"/> has a path, which the destination's requests are not to leave.</summary>
    public bool HasPath => Address.AbsolutePath.Length > 1;

    /// <summary>Where probes go.</summary>
    public Uri ProbeAddress => _definition.ProbeAddress ?? Address;

    /// <summary>The <c>Host</c> header to send instead of the client's, or null.</summary>
    public string? Host => _definition.Host;

    /// <summary>What the active probes say.</summary>
    public DestinationHealth Health { get; }

    /// <summary>What the destination has done and is doing.</summary>
    public LoadStats Load { get; } = new();

    /// <summary>What the operator wants of the destination, whatever its health.</summary>
    public OperatorState State => _state;

    /// <summary>Whether the destination may be picked now.</summary>
    public bool IsAvailable => _state == OperatorState.Active && Health.Status.Verdict != HealthVerdict.Unhealthy;

    /// <summary>Takes up an attempt. When it returns true, <see cref="End"/> must follow.</summary>
    /// <returns>False when the destination has become unavailable since it was picked.</returns>
    public bool TryBegin()
    {
        if (!IsAvailable)
        {
            return false;
        }

        Load.Begin();
        return true;
    }

    /// <summary>Ends what <see cref="TryBegin"/> took up.</summary>
    public void End() => Load.End();

    /// <summary>Counts what the attempt ended in.</summary>
    /// <param name="outcome">What it ended in.</param>
    /// <param name="toHead">How long it took until the head of an answer was there; null when none came.</param>
    public void Report(Outcome outcome, TimeSpan? toHead) => Load.Count(outcome, toHead);

    /// <inheritdoc />
    public override string ToString() => Name;

    /// <summary>What discovery says of it now.</summary>
    internal DestinationDefinition Definition => _definition;

    internal void Redefine(DestinationDefinition definition) => _definition = definition;

    /// <summary>Sets what the operator wants. The registry's lock must be held.</summary>
    internal void SetState_NeedsLock(OperatorState state) => _state = state;
}

/// <summary>What the operator wants of a destination.</summary>
public enum OperatorState
{
    /// <summary>To serve.</summary>
    Active,

    /// <summary>To get no new requests, and to finish those it has.</summary>
    Draining,

    /// <summary>To be out of service. Requests that it still has are finished.</summary>
    Down,
}

/// <summary>What discovery says of a destination.</summary>
/// <param name="Name">Its name, unique in the cluster.</param>
/// <param name="Address">Where requests go; the destination's identity.</param>
/// <param name="ProbeAddress">Where probes go, or null for the same address.</param>
/// <param name="Host">The <c>Host</c> header to send, or null for the client's.</param>
public sealed record DestinationDefinition(string Name, Uri Address, Uri? ProbeAddress = null, string? Host = null);
