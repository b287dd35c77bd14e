using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>
/// The state of one request's tries, and every decision about them: which destination, whether again, when to give up, what to refuse.
/// An engine tells it what happened and does what it says. It waits for nothing and has neither a clock nor dice: it is given both.
/// </summary>
/// <remarks>
/// <code>
/// Begin ─ Next ─┬─ Send ── the head of the answer is there: Head ──┬─ Relay ── to its end: Ended ── Done
///               │          anything else: Ended ──┐                └─ Discard ── Ended ──┐
///               ├─ Send ◄─────────────────────────┴──────────────────────────────────────┘
///               └─ Refuse
/// </code>
/// <para>Times are monotonic, in ticks of 100 ns. The struct is a field that is used in place: never copied, and by one thread at a time.</para>
/// <para>It takes up attempts on destinations and ends them; <see cref="Abandon"/> ends what is still open, and must be called last.</para>
/// </remarks>
internal struct Attempts
{
    private const byte OnlySlot = 1;

    private Cluster _cluster;
    private Choice _choice;
    private Traits _traits;
    private long _timeout;
    private long _activityTimeout;
    private long _requestFrom;
    private long _activeAt;

    private Member _member;
    private Member? _next;
    private Phase _phase;
    private bool _isCancelled;
    private bool _isSentAnywhere;
    private int _sent;
    private int _costly;

    private enum Phase : byte
    {
        Between,
        Sent,
        Discarded,
        Relayed,
    }

    /// <summary>How many attempts there were.</summary>
    public int Count { readonly get; private set; }

    /// <summary>The destination of the last attempt; null when there was none.</summary>
    public readonly Member? Last => Count == 0 ? null : _member;

    /// <summary>What the request has ended in, so far.</summary>
    public RequestOutcome EndedIn { readonly get; private set; }

    /// <summary>What the last attempt ended in.</summary>
    public readonly Outcome LastOutcome => (Outcome)EndedIn;

    /// <summary>When to call <see cref="Woken"/>: at the earliest of all deadlines. <see cref="long.MaxValue"/> for never.</summary>
    public readonly long WakeAt => _isCancelled ? long.MaxValue : _phase switch
    {
        Phase.Sent => Math.Min(_activeAt + _activityTimeout, Deadline),
        Phase.Relayed => _activeAt + _activityTimeout,
        _ => long.MaxValue,
    };

    private readonly long Deadline => _requestFrom + _timeout;

    private readonly bool IsIdempotent => (_traits & Traits.Idempotent) != 0;

    /// <summary>Begins a request. Nothing else may be called before.</summary>
    /// <param name="route">The route that it matched.</param>
    /// <param name="cluster">The cluster that serves it.</param>
    /// <param name="affinity">What ties it to a destination.</param>
    /// <param name="traits">What it is like.</param>
    /// <param name="now">The time.</param>
    public void Begin(Route route, Cluster cluster, Affinity affinity, Traits traits, long now)
    {
        this = default;
        _cluster = cluster;
        _choice.Begin(cluster, affinity);
        _traits = traits;
        _timeout = (route.Timeout ?? cluster.Options.HttpRequest.Timeout).Ticks;
        _activityTimeout = cluster.Options.HttpRequest.ActivityTimeout.Ticks;
        _requestFrom = now;
        EndedIn = RequestOutcome.NoDestination;
    }

    /// <summary>Decides about the first attempt.</summary>
    /// <returns>Send or Refuse.</returns>
    public Decision Next(long now, ulong dice) => _choice.TryBegin(now, dice, mayRepeat: false, out var member) ? Send(member, now) : Decision.Refuse(Refusal.NoDestination);

    /// <summary>The head of an answer is there.</summary>
    /// <param name="slot">The slot of the attempt.</param>
    /// <param name="head">The head.</param>
    /// <param name="canReplay">Whether the request's body, so far as it was read, can be sent again.</param>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <returns>Relay, or Discard.</returns>
    public Decision Head(int slot, in AnswerHead head, bool canReplay, long now, ulong dice)
    {
        if (slot != 0 || _phase != Phase.Sent || _isCancelled)
        {
            return Decision.Discard;
        }

        _member.Destination.Reached();
        _activeAt = now;

        // The other destination is taken up before this answer is given up: better an error of a destination than one of ours.
        if (now < Deadline
            && RetryPolicy.MayReplace(head.Status, IsIdempotent, canReplay, _sent + 1, _costly + 1, _cluster.Options.Retry)
            && _choice.TryBegin(now, dice, mayRepeat: false, out var next))
        {
            _next = next;
            _phase = Phase.Discarded;
            return Decision.Discard;
        }

        if ((_traits & Traits.Tunnel) != 0)
        {
            _activityTimeout = _cluster.Options.HttpRequest.TunnelTimeout.Ticks;
        }

        _phase = Phase.Relayed;
        return Decision.Relay;
    }

    /// <summary>An attempt has ended: without an answer, with one that was discarded, or after one was passed on.</summary>
    /// <param name="slot">The slot of the attempt.</param>
    /// <param name="result">What it ended in.</param>
    /// <param name="canReplay">Whether the request's body, so far as it was read, can be sent again.</param>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <returns>Done, Send or Refuse.</returns>
    public Decision Ended(int slot, in AttemptResult result, bool canReplay, long now, ulong dice)
    {
        if (slot != 0 || _phase == Phase.Between)
        {
            return Decision.Done;
        }

        var (phase, ended) = (_phase, Judge(result));
        _phase = Phase.Between;
        _isCancelled = false;
        _member.Destination.End(ended);
        EndedIn = (RequestOutcome)ended.Outcome;
        _isSentAnywhere |= ended.RequestHeadSent;
        _sent += ended.CountsAsSent ? 1 : 0;
        _costly += ended.CountsAsSent || ended.Outcome == Outcome.ConnectTimeout ? 1 : 0;
        if (_next is { } next)
        {
            _next = null;
            return Send(next, now);
        }

        if (phase == Phase.Relayed || ended.Outcome is Outcome.ClientLeft or Outcome.Cancelled)
        {
            return Decision.Done;
        }

        if (!ended.RequestHeadSent)
        {
            _choice.NoteUnreached();
        }

        return now < Deadline
            && RetryPolicy.MayFollow(ended, IsIdempotent, canReplay, _sent, _costly, _cluster.Options.Retry)
            && _choice.TryBegin(now, dice, mayRepeat: true, out var member)
                ? Send(member, now)
                : Decision.Refuse(RefusalFor(ended, now));
    }

    /// <summary>The time that <see cref="WakeAt"/> named may have come.</summary>
    /// <returns>Wait; where a deadline has passed, with the attempt to be cancelled.</returns>
    public Decision Woken(long now, ulong dice)
    {
        _ = dice;
        if (now < WakeAt)
        {
            return Decision.Wait();
        }

        _isCancelled = true;
        return Decision.Wait(OnlySlot);
    }

    /// <summary>A byte of the request came from the client and went on, or one of the answer came: time begins to run anew.</summary>
    public void Moved(long now)
    {
        _activeAt = now;
        if (_phase == Phase.Sent)
        {
            _requestFrom = now;
        }
    }

    /// <summary>Ends whatever is still open, for the client has left or the engine cannot go on. To be called last, and harmless when nothing is open.</summary>
    /// <param name="now">The time.</param>
    public void Abandon(long now)
    {
        _ = now;
        if (_phase != Phase.Between)
        {
            _phase = Phase.Between;
            _member.Destination.End(new AttemptResult(Outcome.Cancelled));
        }

        if (_next is { } next)
        {
            _next = null;
            next.Destination.End(new AttemptResult(Outcome.Cancelled));
        }

        _choice.Clear();
    }

    private Decision Send(Member member, long now)
    {
        _member = member;
        _phase = Phase.Sent;
        _activeAt = now;
        Count++;
        return Decision.Send(member);
    }

    // An attempt that was cancelled because its time was up ends by that, not by having been cancelled.
    private readonly AttemptResult Judge(in AttemptResult result) => result.Outcome != Outcome.Cancelled || !_isCancelled ? result : result with
    {
        // A tunnel on which nobody has anything to say has served its purpose.
        Outcome = _phase == Phase.Relayed && (_traits & Traits.Tunnel) != 0 ? Outcome.Success
            : result.RequestHeadSent ? Outcome.Timeout
            : Outcome.ConnectTimeout,
    };

    // Nothing sent anywhere: 503. Something sent, and time ran out: 504. Else 502,
    // also for a refused certificate and a version of HTTP that could not be agreed on: waiting does not help against these.
    private readonly Refusal RefusalFor(in AttemptResult last, long now) =>
        last.Outcome == Outcome.BadRequest ? Refusal.ForBadRequest(last.Status)
        : last.Outcome is Outcome.CertificateRefused or Outcome.InvalidAnswer ? Refusal.DestinationFailed
        : !_isSentAnywhere ? Refusal.NoDestination
        : last.Outcome == Outcome.Timeout || now >= Deadline ? Refusal.DestinationTooSlow
        : Refusal.DestinationFailed;
}
