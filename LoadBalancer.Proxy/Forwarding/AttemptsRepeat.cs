using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Attempts that repeat what was sent before: within the budget of the cluster, and after a pause where it is to be so.</summary>
internal partial struct Attempts
{
    /// <summary>Whether it may say Wait, or <see cref="Woken"/> Send. Else an engine has one attempt after the other, and nothing to do between them.</summary>
    public readonly bool MayWait => MayHedge || _waiter is not null || _cluster.Options.Retry.Backoff > TimeSpan.Zero;

    private readonly bool RepeatsLate => _firstByteTimeout < _activityTimeout;

    // An attempt has failed after something was sent.
    private Decision SendAgain(int slot, in AttemptResult ended, long now, ulong dice)
    {
        if (ResumeAfter(now, dice, _sent - 1, _choice.HeldOffUntil) is var at && at > now)
        {
            _repeat = new Repeat(_slots[slot].Member.Destination, ended.Outcome, at);
            return Decision.Wait();
        }

        return TakeAgain(slot, now, dice, AgainAfter(_slots[slot].Member.Destination, ended.Outcome), RefusalFor(ended, now));
    }

    // The pause is over.
    private Decision Resume(long now, ulong dice)
    {
        var repeat = _repeat;
        _repeat = default;
        return repeat.Member is { } found ? Send(0, found, now, isRepeat: true)
            : TakeAgain(0, now, dice, AgainAfter(repeat.After!, repeat.EndedIn), RefusalFor(new AttemptResult(repeat.EndedIn), now));
    }

    // A connection that broke may have been an old one. Who answers what is not HTTP is not asked the same again: only others are.
    private static Destination? AgainAfter(Destination failed, Outcome outcome) => outcome == Outcome.InvalidAnswer ? null : failed;

    private Decision TakeAgain(int slot, long now, ulong dice, Destination? after, Refusal otherwise) =>
        TryTakeBudget(now) ? Take(slot, now, dice, after, otherwise, isRepeat: true) : Decision.Refuse(otherwise);

    private readonly bool TryTakeBudget(long now) => _cluster.Retries.TryTake(_cluster.InFlight + 1, _cluster.Options.Retry.Budget, now);

    private bool TryRepeat(long now, ulong dice, Destination? after, out Member member)
    {
        member = default;
        if (!TryTakeBudget(now))
        {
            return false;
        }

        if (_choice.TryBegin(now, dice, after, out member) == Admission.Admitted)
        {
            return true;
        }

        _cluster.Retries.Return();
        return false;
    }

    // A pause that would not leave any time is none. Who pauses also waits until the one that is next takes requests again.
    private readonly long ResumeAfter(long now, ulong dice, int repeated, long heldOffUntil)
    {
        var at = now + RetryPolicy.Backoff(repeated, dice, _cluster.Options.Retry);
        return at > now && heldOffUntil > at && heldOffUntil < Deadline ? heldOffUntil
            : at < Deadline ? at
            : now;
    }

    private readonly void End(ref Slot attempt, in AttemptResult result, long now)
    {
        if (attempt.IsRepeat)
        {
            attempt.IsRepeat = false;
            _cluster.Retries.Return();
        }

        attempt.End(result, now);
    }

    private void AbandonRepeat(long now)
    {
        if (_repeat.Member is { } member)
        {
            member.Destination.End(new AttemptResult(Outcome.Cancelled) { IsTrial = _choice.IsTrial }, now);
            _cluster.Retries.Return();
        }

        _repeat = default;
    }
}

/// <summary>An attempt that is to follow. A part of <see cref="Attempts"/>, used in place like it.</summary>
internal struct Repeat
{
    /// <summary>An attempt on a destination that is taken up already, in place of an answer that is given up.</summary>
    public Repeat(Member member, long at) => (Member, _at) = (member, at);

    /// <summary>An attempt after one that has failed.</summary>
    public Repeat(Destination after, Outcome endedIn, long at) => (After, EndedIn, _at) = (after, endedIn, at);

    private readonly long _at;

    public readonly Member? Member { get; }

    /// <summary>The destination that has failed; null when there is nothing to follow.</summary>
    public readonly Destination? After { get; }

    /// <summary>What that has ended in.</summary>
    public readonly Outcome EndedIn { get; }

    /// <summary>When it is to be sent; <see cref="long.MaxValue"/> when there is none.</summary>
    public readonly long At => Member is null && After is null ? long.MaxValue : _at;
}
