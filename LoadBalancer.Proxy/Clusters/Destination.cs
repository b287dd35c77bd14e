using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// One address that can serve a request. It lives as long as its cluster names the address: its counters, its verdict and what the
/// operator wants of it go on over reloads. How it is named and used is in the <see cref="Member"/> of a snapshot.
/// </summary>
internal sealed class Destination
{
    // Connections may fail by the thousand; that they do need not be told each time.
    private const long ConnectFailureGap = 50 * TimeSpan.TicksPerMillisecond;

    private readonly Action<Destination>? _suspicionChanged;
    private readonly Action<Destination>? _connectFailed;
    private readonly Action<Destination, OutlierKind>? _standsOut;
    private volatile OutlierStatistics? _outliers;
    private volatile Ejection? _ejection;
    private int _flags;
    private int _operatorWeight = -1;
    private long _warmsUpSince = long.MinValue;
    private long _connectFailureTold = -ConnectFailureGap;

    /// <param name="address">Where requests go.</param>
    /// <param name="now">When it became known.</param>
    /// <param name="suspicionChanged">Is told on the path of a request, so it must not wait.</param>
    /// <param name="connectFailed">Is told when an attempt could not connect. It must not wait either.</param>
    /// <param name="standsOut">Is told when its failures are such that it might be taken out. It must not wait either.</param>
    public Destination(
        Uri address,
        DateTimeOffset now,
        Action<Destination>? suspicionChanged = null,
        Action<Destination>? connectFailed = null,
        Action<Destination, OutlierKind>? standsOut = null)
    {
        Address = address;
        AddressPrefix = DestinationAddress.KeyOf(address);
        Health = new DestinationHealth(now);
        _suspicionChanged = suspicionChanged;
        _connectFailed = connectFailed;
        _standsOut = standsOut;
    }

    /// <summary>Where requests go.</summary>
    public Uri Address { get; }

    /// <summary><see cref="Address"/> without a slash at its end: what the path of a request is appended to, and by which two addresses are told apart.</summary>
    public string AddressPrefix { get; }

    /// <summary>Whether <see cref="Address"/> has a path, which the destination's requests are not to leave.</summary>
    public bool HasPath => Address.AbsolutePath.Length > 1;

    /// <summary>What the active probes say.</summary>
    public DestinationHealth Health { get; }

    /// <summary>What the destination has done and is doing.</summary>
    public LoadStats Load { get; } = new();

    /// <summary>What real traffic shows of it; null where nobody looks.</summary>
    public OutlierStatistics? Outliers => _outliers;

    /// <summary>That it is taken out for what real traffic showed of it; null when it is not.</summary>
    public Ejection? Ejection => _ejection;

    /// <summary>How often and until when it was taken out before.</summary>
    public EjectionHistory EjectionHistory { get; private set; }

    public DestinationFlags Flags => (DestinationFlags)Volatile.Read(ref _flags);

    /// <summary>What the operator wants of the destination, whatever its health.</summary>
    public OperatorState State => (Flags & DestinationFlags.Down) != 0 ? OperatorState.Down
        : (Flags & DestinationFlags.Draining) != 0 ? OperatorState.Draining
        : OperatorState.Active;

    /// <summary>The weight that the operator has given it, or null for that of the configuration.</summary>
    public int? OperatorWeight => Volatile.Read(ref _operatorWeight) is >= 0 and var weight ? weight : null;

    /// <summary>Since when it warms up, in monotonic ticks of 100 ns; null when it is taken to be warm.</summary>
    public long? WarmsUpSince => Volatile.Read(ref _warmsUpSince) is not long.MinValue and var since ? since : null;

    /// <summary>Whether the destination may be picked now.</summary>
    public bool IsAvailable => (Flags & DestinationFlags.Unavailable) == 0;

    /// <summary>Whether its last connect timed out.</summary>
    public bool IsSuspect => (Flags & DestinationFlags.Suspect) != 0;

    /// <summary>Takes up an attempt. When it returns true, <see cref="End"/> must follow.</summary>
    /// <param name="tolerated">What does not matter this time, as draining does not to a session. <see cref="DestinationFlags.Down"/> always matters.</param>
    /// <returns>False when the destination has become unavailable since it was picked.</returns>
    public bool TryBegin(DestinationFlags tolerated = DestinationFlags.None)
    {
        if ((Flags & DestinationFlags.Unavailable & ~(tolerated & ~DestinationFlags.Down)) != 0)
        {
            return false;
        }

        Load.Begin();
        return true;
    }

    /// <summary>Notes that a connection to it was made.</summary>
    public void Reached() => SetSuspect(false);

    /// <summary>Ends what <see cref="TryBegin"/> took up, and counts what it ended in.</summary>
    /// <param name="result">What it ended in.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    public void End(in AttemptResult result, long now)
    {
        if (result.Outcome == Outcome.ConnectTimeout)
        {
            SetSuspect(true);
        }
        else if (result.CountsAsSent)
        {
            SetSuspect(false);
        }

        Load.End(result, now);
        if (result.Outcome is Outcome.ConnectFailed or Outcome.ConnectTimeout)
        {
            TellConnectFailure(now);
        }

        if (_outliers?.Note(result, now) is { } kind && _ejection is null)
        {
            _standsOut?.Invoke(this, kind);
        }
    }

    /// <inheritdoc />
    public override string ToString() => AddressPrefix;

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

    /// <summary>Begins to look for what it might stand out by; goes on where that stays the same. The registry's lock must be held.</summary>
    public void Watch_NeedsLock(OutlierDetectionOptions? options)
    {
        if (_outliers?.Options != options)
        {
            _outliers = options is null ? null : new OutlierStatistics(options);
        }
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
    public void SetState_NeedsLock(OperatorState state)
    {
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

    private void TellConnectFailure(long now)
    {
        var told = Volatile.Read(ref _connectFailureTold);
        if (now - told >= ConnectFailureGap && Interlocked.CompareExchange(ref _connectFailureTold, now, told) == told)
        {
            _connectFailed?.Invoke(this);
        }
    }

    private void SetSuspect(bool isSuspect)
    {
        if (IsSuspect != isSuspect && Set(DestinationFlags.Suspect, isSuspect))
        {
            _suspicionChanged?.Invoke(this);
        }
    }

    // Requests set flags without the lock, so each is set by itself. True when that changed it.
    private bool Set(DestinationFlags flag, bool isSet)
    {
        var before = (DestinationFlags)(isSet ? Interlocked.Or(ref _flags, (int)flag) : Interlocked.And(ref _flags, (int)~flag));
        return (before & flag) != 0 != isSet;
    }
}

/// <summary>What the operator wants of a destination.</summary>
public enum OperatorState
{
    /// <summary>To serve.</summary>
    Active,

    /// <summary>To get no new requests, but those of its sessions, and to finish those it has.</summary>
    Draining,

    /// <summary>To be out of service: nothing new at all. Requests that it still has are finished.</summary>
    Down,
}
