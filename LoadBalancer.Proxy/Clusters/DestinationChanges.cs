using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>What the registry changes of a destination, under its lock.</summary>
internal sealed partial class Destination
{
    /// <summary>Takes in one probe result. The registry's lock must be held.</summary>
    /// <returns>The change of verdict, or null when it stays.</returns>
    public HealthTransition? Observe_NeedsLock(ProbeResult result, int rise, int fall, DateTimeOffset now)
    {
        var transition = Health.Observe_NeedsLock(result, rise, fall, now);
        Set(DestinationFlags.Unhealthy, Health.Status.Verdict == HealthVerdict.Unhealthy);
        return transition;
    }

    /// <summary>Forgets the verdict, as when probing is switched off. The registry's lock must be held.</summary>
    public void ForgetHealth_NeedsLock(DateTimeOffset now)
    {
        Health.Reset_NeedsLock(now);
        Set(DestinationFlags.Unhealthy, false);
    }

    /// <summary>Sets how many attempts may be under way; null for any number. The registry's lock must be held.</summary>
    public void Limit_NeedsLock(int? most) => Volatile.Write(ref _mostInFlight, most ?? 0);

    /// <summary>Begins to look for what it might stand out by; goes on where that stays the same. The registry's lock must be held.</summary>
    public void Watch_NeedsLock(OutlierDetectionOptions? options)
    {
        if (_outliers?.Options != options)
        {
            _outliers = options is null ? null : new OutlierStatistics(options);
        }
    }

    /// <summary>Gives it a circuit breaker, or takes it away; it goes on where its options stay the same. The registry's lock must be held.</summary>
    public void Guard_NeedsLock(CircuitBreakerOptions? options)
    {
        if (_breaker?.Options != options)
        {
            _breaker = options is null ? null : new CircuitBreaker(options);
            if (BreakerState == BreakerState.HalfOpen)
            {
                _breaker?.BeginTrials();
            }
        }

        if (options is null)
        {
            CloseBreaker_NeedsLock();
        }
    }

    /// <summary>Opens its circuit breaker. The registry's lock must be held.</summary>
    public void OpenBreaker_NeedsLock(BreakerTrip trip)
    {
        _trip = trip;

        // The new flag comes before the old one goes: in between, no request may find it closed.
        Set(DestinationFlags.Open, true);
        Set(DestinationFlags.HalfOpen, false);
        _breaker?.Reset();
    }

    /// <summary>Lets a few requests through its open circuit breaker. The registry's lock must be held.</summary>
    public void HalfOpenBreaker_NeedsLock()
    {
        _breaker?.BeginTrials();
        Set(DestinationFlags.HalfOpen, true);
        Set(DestinationFlags.Open, false);
    }

    /// <summary>Closes its circuit breaker. The registry's lock must be held.</summary>
    public void CloseBreaker_NeedsLock()
    {
        _trip = null;
        _breaker?.Reset();
        Set(DestinationFlags.Open | DestinationFlags.HalfOpen, false);
    }

    /// <summary>Takes it out. The registry's lock must be held.</summary>
    public void Eject_NeedsLock(Ejection ejection)
    {
        _ejection = ejection;
        Set(DestinationFlags.Ejected, !ejection.IsDryRun);
        _outliers?.Reset();
    }

    /// <summary>Puts it back. The registry's lock must be held.</summary>
    public void Readmit_NeedsLock(long now)
    {
        EjectionHistory = new EjectionHistory(_ejection?.Times ?? 0, now);
        _ejection = null;
        Set(DestinationFlags.Ejected, false);

        // What was under way meanwhile is not to send it away again.
        _outliers?.Reset();
    }

    /// <summary>Sets what the operator wants. The registry's lock must be held.</summary>
    /// <param name="state">What.</param>
    /// <param name="drainsUntil">When its sessions are over if it is to drain, in monotonic ticks of 100 ns.</param>
    public void SetState_NeedsLock(OperatorState state, long drainsUntil = long.MaxValue)
    {
        Volatile.Write(ref _drainsUntil, drainsUntil);

        // The new flag comes before the old one goes: in between, no request may find the destination active.
        if (state == OperatorState.Down)
        {
            Set(DestinationFlags.Down, true);
            Set(DestinationFlags.Draining, false);
        }
        else
        {
            Set(DestinationFlags.Draining, state == OperatorState.Draining);
            Set(DestinationFlags.Down, false);
        }
    }

    /// <summary>Sets the weight that the operator wants; null for that of the configuration. The registry's lock must be held.</summary>
    public void SetWeight_NeedsLock(int? weight) => Volatile.Write(ref _operatorWeight, weight ?? -1);

    /// <summary>It is new, or back after a time without requests. The registry's lock must be held.</summary>
    public void WarmUp_NeedsLock(long now) => Volatile.Write(ref _warmsUpSince, now);
}
