using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Opens circuit breakers, lets trials through, and closes them.</summary>
internal sealed partial class ClusterRegistry
{
    /// <summary>Happens after a circuit breaker has changed.</summary>
    public event Action<BreakerChange>? BreakerChanged;

    /// <summary>Closes the circuit breaker of a destination, by the operator's will.</summary>
    /// <returns>False when it is closed.</returns>
    public bool CloseBreaker(Cluster cluster, Destination destination) => Change(after =>
    {
        if (Find(cluster.Name) is not { } current || current.MemberOf(destination) is not { } member || destination.BreakerState == BreakerState.Closed)
        {
            return false;
        }

        Close_NeedsLock(current, member, "by the operator", after);
        return true;
    });

    private void OnBreaker(string name, Destination destination, BreakerSign sign) => Change(after =>
    {
        if (Find(name) is not { Options.CircuitBreaker: { } options } cluster || cluster.MemberOf(destination) is not { } member)
        {
            return false;
        }

        // What was said by attempts of before has been acted on already.
        var state = destination.BreakerState;
        if (sign == BreakerSign.TrialsPassed && state == BreakerState.HalfOpen)
        {
            Close_NeedsLock(cluster, member, options.Trials == 1 ? "a trial passed" : FormattableString.Invariant($"{options.Trials} trials passed"), after);
        }
        else if (sign != BreakerSign.TrialsPassed && state == (sign == BreakerSign.TrialFailed ? BreakerState.HalfOpen : BreakerState.Closed))
        {
            Open_NeedsLock(cluster, member, sign, ReasonOf(sign, options, destination), after);
        }

        return true;
    });

    private void Open_NeedsLock(Cluster cluster, Member member, BreakerSign sign, string reason, Aftermath after)
    {
        var openTime = cluster.Options.CircuitBreaker!.OpenTime;
        var trip = new BreakerTrip(sign, reason, _time.GetUtcNow() + openTime, Now + openTime.Ticks);
        Move_NeedsLock(cluster, member, destination => destination.OpenBreaker_NeedsLock(trip), reason, after);
    }

    private void Close_NeedsLock(Cluster cluster, Member member, string why, Aftermath after)
    {
        WarmUp_NeedsLock(member.Destination, after);
        Move_NeedsLock(cluster, member, static destination => destination.CloseBreaker_NeedsLock(), why, after);
    }

    // Trials for those that were open long enough.
    private long? HalfOpen_NeedsLock(Cluster cluster, long now, Aftermath after)
    {
        long? next = null;
        foreach (var member in cluster.Standing.Members)
        {
            if (member.Destination is { BreakerState: BreakerState.Open, BreakerTrip: { } trip })
            {
                if (trip.EndsAt <= now)
                {
                    Move_NeedsLock(cluster, member, static destination => destination.HalfOpenBreaker_NeedsLock(), "its time is up", after);
                }
                else
                {
                    next = Earlier(next, trip.EndsAt - now);
                }
            }
        }

        return next;
    }

    private void Move_NeedsLock(Cluster cluster, Member member, Action<Destination> move, string reason, Aftermath after)
    {
        var from = member.Destination.BreakerState;
        move(member.Destination);
        Refresh_NeedsLock(cluster.Name);
        _changes.Changed_NeedsLock(cluster.Name, member, DestinationChange.Breaker, _time.GetUtcNow());
        after.Breakers.Add(new BreakerChange(cluster, member, from, member.Destination.BreakerState, reason));
    }

    private string ReasonOf(BreakerSign sign, CircuitBreakerOptions options, Destination destination) => sign switch
    {
        BreakerSign.ConsecutiveFailures => ReasonOf(OutlierKind.ConsecutiveFailures, options.Signs, default),
        BreakerSign.FailureRate => ReasonOf(OutlierKind.FailureRate, options.Signs, destination.Breaker?.Rate(Now) ?? default),
        BreakerSign.TrialFailed => "a trial failed",
        _ => throw new ArgumentOutOfRangeException(nameof(sign), sign, null),
    };
}
