using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>That the circuit breaker of a destination has opened.</summary>
/// <param name="Sign">Why.</param>
/// <param name="Reason">The same for people: <c>5 failures in a row</c>.</param>
/// <param name="Until">When requests are to be let through to try the destination.</param>
/// <param name="EndsAt">The same in monotonic ticks of 100 ns.</param>
internal sealed record BreakerTrip(BreakerSign Sign, string Reason, DateTimeOffset Until, long EndsAt);

/// <summary>What a circuit breaker lets through.</summary>
internal enum BreakerState
{
    /// <summary>Everything.</summary>
    Closed,

    /// <summary>Nothing.</summary>
    Open,

    /// <summary>A few trials.</summary>
    HalfOpen,
}

/// <summary>The circuit breaker of a destination has changed.</summary>
/// <param name="Cluster">Where.</param>
/// <param name="Member">Whose.</param>
/// <param name="From">What it was.</param>
/// <param name="To">What it is.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record BreakerChange(Cluster Cluster, Member Member, BreakerState From, BreakerState To, string Reason);
