using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// One address that can serve a request. It lives as long as its cluster names the address: its counters, its verdict and what the
/// operator wants of it go on over reloads. How it is named and used is in the <see cref="Member"/> of a snapshot.
/// </summary>
internal sealed partial class Destination
{
    // Connections may fail by the thousand; that they do need not be told each time.
    private const long ConnectFailureGap = 50 * TimeSpan.TicksPerMillisecond;

    private readonly Action<Destination>? _suspicionChanged;
    private readonly Action<Destination>? _connectFailed;
    private readonly Action<Destination, OutlierKind>? _standsOut;
    private readonly Action<Destination, BreakerSign>? _breakerMoves;
    private volatile OutlierStatistics? _outliers;
    private volatile CircuitBreaker? _breaker;
    private volatile BreakerTrip? _trip;
    private volatile Ejection? _ejection;
    private int _flags;
    private int _operatorWeight = -1;
    private int _mostInFlight;
    private long _warmsUpSince = long.MinValue;
    private long _drainsUntil;
    private long _connectFailureTold = -ConnectFailureGap;

    /// <param name="address">Where requests go.</param>
    /// <param name="now">When it became known.</param>
    /// <param name="suspicionChanged">Is told on the path of a request, so it must not wait.</param>
    /// <param name="connectFailed">Is told when an attempt could not connect. It must not wait either.</param>
    /// <param name="standsOut">Is told when its failures are such that it might be taken out. It must not wait either.</param>
    /// <param name="breakerMoves">Is told when its circuit breaker is to open or close. It must not wait either.</param>
    public Destination(
        Uri address,
        DateTimeOffset now,
        Action<Destination>? suspicionChanged = null,
        Action<Destination>? connectFailed = null,
        Action<Destination, OutlierKind>? standsOut = null,
        Action<Destination, BreakerSign>? breakerMoves = null)
    {
        Address = address;
        AddressPrefix = DestinationAddress.KeyOf(address);
        Tags = new ServerTags(address);
        Health = new DestinationHealth(now);
        _suspicionChanged = suspicionChanged;
        _connectFailed = connectFailed;
        _standsOut = standsOut;
        _breakerMoves = breakerMoves;
    }

    /// <summary>Where requests go.</summary>
    public Uri Address { get; }

    /// <summary><see cref="Address"/> without a slash at its end: what the path of a request is appended to, and by which two addresses are told apart.</summary>
    public string AddressPrefix { get; }

    /// <summary>Whether <see cref="Address"/> has a path, which the destination's requests are not to leave.</summary>
    public bool HasPath => Address.AbsolutePath.Length > 1;

    /// <summary>What metrics say of <see cref="Address"/>.</summary>
    public ServerTags Tags { get; }

    /// <summary>The requests of its cluster that wait for a place.</summary>
    public WaitQueue<Destination> Queue { private get; init; } = new();

    /// <summary>What the active probes say.</summary>
    public DestinationHealth Health { get; }

    /// <summary>What the destination has done and is doing.</summary>
    public LoadStats Load { get; } = new();

    /// <summary>What real traffic shows of it; null where nobody looks.</summary>
    public OutlierStatistics? Outliers => _outliers;

    /// <summary>That it is taken out for what real traffic showed of it; null when it is not.</summary>
    public Ejection? Ejection => _ejection;

    /// <summary>Its circuit breaker; null where there is none.</summary>
    public CircuitBreaker? Breaker => _breaker;

    /// <summary>What its circuit breaker lets through.</summary>
    public BreakerState BreakerState => (Flags & DestinationFlags.Open) != 0 ? BreakerState.Open
        : (Flags & DestinationFlags.HalfOpen) != 0 ? BreakerState.HalfOpen
        : BreakerState.Closed;

    /// <summary>Why its circuit breaker is not closed; null when it is.</summary>
    public BreakerTrip? BreakerTrip => _trip;

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

    /// <summary>What does not keep a request of one of its sessions from it: that it drains, as long as sessions go on meanwhile.</summary>
    public DestinationFlags ToleratedBySessions(long now) => now < Volatile.Read(ref _drainsUntil) ? DestinationFlags.Draining : DestinationFlags.None;

    /// <summary>Whether the operator drains it, and the time of its sessions is over.</summary>
    public bool IsDrained(long now) => (Flags & DestinationFlags.Draining) != 0 && ToleratedBySessions(now) == DestinationFlags.None;

    /// <summary>Whether its last connect timed out.</summary>
    public bool IsSuspect => (Flags & DestinationFlags.Suspect) != 0;

    /// <summary>Whether an attempt may begin, but for the number of those under way.</summary>
    public bool MayBegin(DestinationFlags tolerated) => (Flags & DestinationFlags.Unavailable & ~(tolerated & ~DestinationFlags.Down)) == 0;

    /// <summary>Takes up an attempt. When it is admitted, <see cref="End"/> must follow.</summary>
    /// <param name="tolerated">What does not matter this time, as draining does not to a session. <see cref="DestinationFlags.Down"/> always matters.</param>
    /// <param name="isTrial">Whether it is let through to try the destination, which its result must then say.</param>
    public Admission TryBegin(DestinationFlags tolerated, out bool isTrial)
    {
        isTrial = false;
        if (!MayBegin(tolerated))
        {
            return Admission.Unavailable;
        }

        var breaker = (Flags & DestinationFlags.HalfOpen) != 0 ? _breaker : null;
        if (breaker is not null && !breaker.TryTakeTrial())
        {
            return Admission.Unavailable;
        }

        if (Load.TryBegin(Volatile.Read(ref _mostInFlight)))
        {
            isTrial = breaker is not null;
            return Admission.Admitted;
        }

        breaker?.ReturnTrial();
        return Admission.Full;
    }

    /// <summary>The same, but not to try it while its circuit breaker is half-open.</summary>
    public Admission TryBegin(DestinationFlags tolerated = DestinationFlags.None) =>
        (Flags & DestinationFlags.HalfOpen) == 0 ? TryBegin(tolerated, out _) : Admission.Unavailable;

    /// <summary>Gives back what <see cref="TryBegin(DestinationFlags, out bool)"/> took up: to the first that waits for it, or to whoever comes next.</summary>
    /// <returns>Whether it was handed on.</returns>
    public bool Release()
    {
        while (true)
        {
            var entries = Queue.Entries;
            if (Queue.Count > 0 && HasPlace && Queue.Hand(this) is { } waiter)
            {
                waiter.Wake();
                return true;
            }

            Load.Leave();

            // One that began to wait meanwhile may have looked for a place before there was one.
            if (Queue.Entries == entries || TryBegin() != Admission.Admitted)
            {
                return false;
            }
        }
    }

    // Not so when the operator has since allowed fewer, or none, nor for those that wait where only trials are let through.
    private bool HasPlace => (Flags & (DestinationFlags.Down | DestinationFlags.Open | DestinationFlags.HalfOpen)) == 0 && (Volatile.Read(ref _mostInFlight) is var most && (most == 0 || Load.InFlight <= most));

    /// <summary>Notes that a connection to it was made.</summary>
    public void Reached() => SetSuspect(false);

    /// <summary>Ends what <see cref="TryBegin(DestinationFlags, out bool)"/> took up, and counts what it ended in.</summary>
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

        Load.Count(result, now);
        if (result.Outcome is Outcome.ConnectFailed or Outcome.ConnectTimeout)
        {
            TellConnectFailure(now);
        }

        if (_outliers?.Note(result, now) is { } kind && _ejection is null)
        {
            _standsOut?.Invoke(this, kind);
        }

        if (_breaker?.Note(result, now) is { } sign)
        {
            _breakerMoves?.Invoke(this, sign);
        }

        Release();
    }

    /// <inheritdoc />
    public override string ToString() => AddressPrefix;

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
