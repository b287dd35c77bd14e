namespace LoadBalancer.Proxy.Clusters;

/// <summary>What stands against picking a destination, or for picking it late.</summary>
[Flags]
internal enum DestinationFlags
{
    None = 0,

    /// <summary>The operator wants it to get no new requests but those of its sessions, and to finish those it has.</summary>
    Draining = 1,

    /// <summary>The operator wants it to get nothing new at all.</summary>
    Down = 2,

    /// <summary>Its probes fail.</summary>
    Unhealthy = 4,

    /// <summary>Real traffic showed it to be an outlier.</summary>
    Ejected = 8,

    /// <summary>Its circuit breaker lets nothing through.</summary>
    Open = 16,

    /// <summary>Its circuit breaker lets a few trials through.</summary>
    HalfOpen = 32,

    /// <summary>Its last connect timed out: it is available, but picked last.</summary>
    Suspect = 64,

    /// <summary>What was found out about a destination. Ignored when it would leave too few.</summary>
    Verdicts = Unhealthy | Ejected,

    /// <summary>The flags that a destination is not available with.</summary>
    Unavailable = Draining | Down | Unhealthy | Ejected | Open,
}
