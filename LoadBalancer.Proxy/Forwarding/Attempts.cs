using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Sessions;

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
/// <para>
/// Where the cluster hedges, <see cref="Woken"/> may say Send while an attempt is under way. The first head is then relayed and the other attempt cancelled;
/// an attempt that fails while the other is under way makes Ended say Wait.
/// </para>
/// <para>Times are monotonic, in ticks of 100 ns. The struct is a field that is used in place: never copied, and by one thread at a time.</para>
/// <para>It takes up attempts on destinations and ends them; <see cref="Abandon"/> ends what is still open, and must be called last.</para>
/// </remarks>
internal partial struct Attempts
{
    /// <summary>How many attempts a request may have under way at once.</summary>
    public const int Slots = 2;

    private Cluster _cluster;
    private Choice _choice;
    private Traits _traits;
    private long _timeout;
    private long _activityTimeout;
    private long _firstByteTimeout;
    private long _hedgeDelay;
    private long _requestFrom;

    private SlotArray _slots;
    private PlaceWaiter? _waiter;
    private Waiting _waiting;
    private Repeat _repeat;
    private Member _last;
    private bool _isHedgeHeld;
    private bool _isSentAnywhere;
    private int _sent;
    private int _costly;

    /// <summary>How many attempts there were.</summary>
    public int Count { readonly get; private set; }

    /// <summary>The destination of the attempt that decided about the request, or else of the last; null when there was none.</summary>
    public readonly Member? Last => Count == 0 ? null : _last;

    /// <summary>What the request has ended in, so far.</summary>
    public RequestOutcome EndedIn { readonly get; private set; }

    /// <summary>What the attempt ended in that decided last about the request; null when none has ended.</summary>
    public readonly Outcome? LastOutcome => EndedIn is RequestOutcome.NoDestination or RequestOutcome.Shed ? null : (Outcome)EndedIn;

    /// <summary>What became of the request's session. It is known once an answer is passed on.</summary>
    public readonly SessionFate Session => _choice.Affinity.Session switch
    {
        { Kind: SessionKind.None } => SessionFate.None,
        var session when session.Destination == _last.Destination => SessionFate.Kept,
        { Kind: SessionKind.New } => SessionFate.Begun,
        _ => SessionFate.Moved,
    };

    /// <summary>Whether an attempt is under way.</summary>
    public readonly bool IsUnderWay => Open > 0;

    private readonly bool IsIdempotent => (_traits & Traits.Idempotent) != 0;

    private readonly int Open => (_slots[0].Phase == Phase.Free ? 0 : 1) + (_slots[1].Phase == Phase.Free ? 0 : 1);

    /// <summary>Begins a request. Nothing else may be called before.</summary>
    /// <param name="route">The route that it matched.</param>
    /// <param name="cluster">The cluster that serves it.</param>
    /// <param name="affinity">What ties it to a destination.</param>
    /// <param name="traits">What it is like.</param>
    /// <param name="now">The time.</param>
    /// <param name="waiter">What it waits by for a place; null when it is to be refused instead.</param>
    public void Begin(Route route, Cluster cluster, Affinity affinity, Traits traits, long now, PlaceWaiter? waiter = null)
    {
        this = default;
        _waiter = waiter;
        _cluster = cluster;
        _choice.Begin(cluster, affinity);
        _traits = traits;
        _timeout = (route.Timeout ?? cluster.Options.HttpRequest.Timeout).Ticks;
        _activityTimeout = cluster.Options.HttpRequest.ActivityTimeout.Ticks;
        _firstByteTimeout = Math.Min(_activityTimeout, cluster.Options.HttpRequest.FirstByteTimeout?.Ticks ?? long.MaxValue);
        _hedgeDelay = cluster.Hedging is { } hedging && (traits & (Traits.Idempotent | Traits.Tunnel)) == Traits.Idempotent ? hedging.At(now) : long.MaxValue;
        _requestFrom = now;
        EndedIn = RequestOutcome.NoDestination;
    }

    /// <summary>Decides about the first attempt.</summary>
    /// <returns>Send or Refuse, or Wait where it is to wait for a place.</returns>
    public Decision Next(long now, ulong dice) => Take(0, now, dice, after: null, Refusal.NoDestination, isRepeat: false);

    /// <summary>The head of an answer is there.</summary>
    /// <param name="slot">The slot of the attempt.</param>
    /// <param name="head">The head.</param>
    /// <param name="canReplay">Whether the request's body, so far as it was read, can be sent again.</param>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <returns>Relay, with the attempt that has lost to be cancelled; or Discard.</returns>
    public Decision Head(int slot, in AnswerHead head, bool canReplay, long now, ulong dice)
    {
        ref var attempt = ref _slots[slot];
        if (!attempt.IsUnderWay)
        {
            return Decision.Discard;
        }

        attempt.Member.Destination.Reached();
        attempt.Member.Destination.Load.HoldOff(head.RetryAfter, now);
        if (_cluster.Hedging is { } hedging)
        {
            NoteLatency(hedging, slot, head.Status, now);
        }

        attempt.ActiveAt = now;

        // The other destination is taken up before this answer is given up: better an error of a destination than one of ours.
        if (_slots[1 - slot].IsUnderWay)
        {
            if (RetryPolicy.IsUnwanted(head.Status, _cluster.Options.Retry))
            {
                attempt.Phase = Phase.Discarded;
                return Decision.Discard;
            }
        }
        else if (now < Deadline
            && RetryPolicy.MayReplace(head.Status, IsIdempotent, canReplay, _sent + Open, _costly + Open, _cluster.Options.Retry)
            && TryRepeat(now, dice, after: null, out var next))
        {
            _repeat = new Repeat(next, ResumeAfter(now, dice, _sent, next.Destination.Load.HeldOffUntil));
            attempt.Phase = Phase.Discarded;
            return Decision.Discard;
        }

        if ((_traits & Traits.Tunnel) != 0)
        {
            _activityTimeout = _cluster.Options.HttpRequest.TunnelTimeout.Ticks;
        }

        attempt.Phase = Phase.Relayed;
        _last = attempt.Member;
        return Decision.Relay(Lose(1 - slot));
    }

    /// <summary>An attempt has ended: without an answer, with one that was discarded, or after one was passed on.</summary>
    /// <param name="slot">The slot of the attempt.</param>
    /// <param name="result">What it ended in.</param>
    /// <param name="canReplay">Whether the request's body, so far as it was read, can be sent again.</param>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <returns>Done, Send, Refuse, or Wait when the other attempt goes on.</returns>
    public Decision Ended(int slot, in AttemptResult result, bool canReplay, long now, ulong dice)
    {
        ref var attempt = ref _slots[slot];
        var (phase, isLoser, ended) = (attempt.Phase, attempt.IsLoser, Judge(attempt, result));
        if (phase != Phase.Free)
        {
            End(ref attempt, ended, now);
            Tally(ended);
        }

        if (phase == Phase.Free || isLoser)
        {
            return Open == 0 ? Decision.Done() : Decision.Wait();
        }

        (_last, EndedIn) = (attempt.Member, (RequestOutcome)ended.Outcome);
        if (_repeat.Member is { } next)
        {
            if (now < _repeat.At)
            {
                return Decision.Wait();
            }

            _repeat = default;
            return Send(slot, next, now, isRepeat: true);
        }

        if (phase == Phase.Relayed || ended.Outcome is Outcome.ClientLeft or Outcome.Cancelled)
        {
            return Decision.Done(Lose(1 - slot));
        }

        if (!ended.RequestHeadSent)
        {
            _choice.NoteUnreached(attempt.Member.Destination);
        }

        if (ended.Outcome == Outcome.BadRequest)
        {
            return Decision.Refuse(RefusalFor(ended, now), Lose(1 - slot));
        }

        if (Open > 0)
        {
            return Decision.Wait();
        }

        if (now >= Deadline || !RetryPolicy.MayFollow(ended, IsIdempotent, canReplay, _sent, _costly, _cluster.Options.Retry, RepeatsLate))
        {
            return Decision.Refuse(RefusalFor(ended, now));
        }

        // Where nothing was sent, nothing is repeated: such an attempt costs nobody anything, and need not wait.
        return ended.RequestHeadSent ? SendAgain(slot, ended, now, dice)
            : Take(slot, now, dice, attempt.Member.Destination, RefusalFor(ended, now), isRepeat: false);
    }

    /// <summary>What the attempt that was in this slot last has ended in: one that was cancelled because its time was up ended by that.</summary>
    public readonly Outcome OutcomeOf(int slot) => _slots[slot].Outcome;

    /// <summary>Ends whatever is still open, for the client has left or the engine cannot go on. To be called last, and harmless when nothing is open.</summary>
    /// <param name="now">The time.</param>
    public void Abandon(long now)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            if (_slots[slot].Phase != Phase.Free)
            {
                End(ref _slots[slot], new AttemptResult(Outcome.Cancelled), now);
            }
        }

        AbandonRepeat(now);
        AbandonPlace();
        _choice.Clear();
    }

    private Decision Send(int slot, Member member, long now, bool isRepeat = false, bool isHedge = false)
    {
        _slots[slot].Begin(member, isRepeat, _choice.IsTrial, now);
        _last = member;
        _isHedgeHeld = false;
        Count++;
        return Decision.Send(slot, member, isHedge);
    }

    private byte Lose(int slot) => _slots[slot].Lose() ? Decision.MaskOf(slot) : (byte)0;
}
