using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What time does to a request's tries: deadlines that pass, and answers that have been waited for long enough.</summary>
internal partial struct Attempts
{
    // Errors are quick, and say nothing of how long an answer takes.
    private const int LeastServerError = 500;

    /// <summary>Whether a second attempt may be sent while the first is under way.</summary>
    public readonly bool MayHedge => _hedgeDelay != long.MaxValue;

    /// <summary>When to call <see cref="Woken"/>: at the earliest of all deadlines, or when it is time to hedge. <see cref="long.MaxValue"/> for never.</summary>
    public readonly long WakeAt => Math.Min(Math.Min(PlaceDueAt, Math.Min(HedgeAt, ResumeAt)), Math.Min(DueAt(_slots[0]), DueAt(_slots[1])));

    private readonly long Deadline => _requestFrom + _timeout;

    // While the attempt whose answer is given up still ends, there is no place for the next.
    private readonly long ResumeAt => Open == 0 ? _repeat.At : long.MaxValue;

    private readonly long HedgeAt => !MayHedge || _isHedgeHeld || Open != 1 ? long.MaxValue
        : _slots[0].IsUnderWay ? _slots[0].ActiveAt + _hedgeDelay
        : _slots[1].IsUnderWay ? _slots[1].ActiveAt + _hedgeDelay
        : long.MaxValue;

    /// <summary>The time that <see cref="WakeAt"/> named may have come, or the place that it waits for.</summary>
    /// <param name="isBodyWhole">Whether all of the request's body is there to be sent again, or there is none.</param>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <returns>Send, to hedge or after a pause; Refuse, where there is nobody left to send to; or Wait, where a deadline has passed with the attempts to be cancelled.</returns>
    public Decision Woken(bool isBodyWhole, long now, ulong dice)
    {
        if (_waiting.IsOn)
        {
            return TakePlace(now, dice);
        }

        if (now >= ResumeAt)
        {
            return Resume(now, dice);
        }

        byte due = 0;
        for (var slot = 0; slot < Slots; slot++)
        {
            if (now >= DueAt(_slots[slot]))
            {
                _slots[slot].IsTimeUp = true;
                due |= Decision.MaskOf(slot);
            }
        }

        if (due != 0 || now < HedgeAt)
        {
            return Decision.Wait(due);
        }

        // The one under way counts as sent, which it will have been.
        if (isBodyWhole
            && RetryPolicy.MayHedge(_sent + 1, _costly + 1, _cluster.Options.Retry)
            && TryRepeat(now, dice, after: null, out var member))
        {
            return Send(_slots[0].Phase == Phase.Free ? 0 : 1, member, now, isRepeat: true, isHedge: true);
        }

        _isHedgeHeld = true;
        return Decision.Wait();
    }

    /// <summary>A byte of the request came from the client and went on, or one of the answer came: time begins to run anew.</summary>
    public void Moved(long now)
    {
        _isHedgeHeld = false;
        for (var slot = 0; slot < Slots; slot++)
        {
            _slots[slot].ActiveAt = now;
            if (_slots[slot].Phase == Phase.Sent)
            {
                _requestFrom = now;
            }
        }
    }

    // An answer has begun. What the other attempt would have taken is more than it had by now.
    private readonly void NoteLatency(HedgeDelay hedging, int slot, int status, long now)
    {
        if (status < LeastServerError)
        {
            hedging.Note(now - _slots[slot].ActiveAt, now);
            if (_slots[1 - slot].IsUnderWay)
            {
                hedging.Note(now - _slots[1 - slot].ActiveAt, now);
            }
        }
    }

    private readonly long DueAt(in Slot slot) => slot.IsTimeUp || slot.IsLoser ? long.MaxValue : slot.Phase switch
    {
        Phase.Sent => Math.Min(slot.ActiveAt + _firstByteTimeout, Deadline),
        Phase.Relayed => slot.ActiveAt + _activityTimeout,
        _ => long.MaxValue,
    };
}
