using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>How far an attempt has come.</summary>
internal enum Phase : byte
{
    /// <summary>There is none.</summary>
    Free,

    /// <summary>It was sent, and its answer has not begun.</summary>
    Sent,

    /// <summary>Its answer is given up.</summary>
    Discarded,

    /// <summary>Its answer is passed on.</summary>
    Relayed,
}

/// <summary>One of the attempts that a request may have under way at once. A part of <see cref="Attempts"/>, used in place like it.</summary>
internal struct Slot
{
    public Member Member;
    public Phase Phase;

    /// <summary>Whether it was cancelled because its time was up.</summary>
    public bool IsTimeUp;

    /// <summary>Whether nothing depends on it any more: another answer is passed on, or the request has ended.</summary>
    public bool IsLoser;

    /// <summary>Whether it has a place of the retry budget, as one that repeats what was sent before.</summary>
    public bool IsRepeat;

    /// <summary>Whether it is let through to try its destination.</summary>
    public bool IsTrial;

    /// <summary>What the attempt that was here last has ended in.</summary>
    public Outcome Outcome;

    public long StartedAt;
    public long ActiveAt;

    /// <summary>Whether its answer may still come.</summary>
    public readonly bool IsUnderWay => Phase == Phase.Sent && !IsTimeUp && !IsLoser;

    /// <summary>Takes up an attempt.</summary>
    public void Begin(Member member, bool isRepeat, bool isTrial, long now)
    {
        (Member, Phase, IsTimeUp, IsLoser, IsRepeat, IsTrial) = (member, Phase.Sent, false, false, isRepeat, isTrial);
        StartedAt = ActiveAt = now;
    }

    /// <summary>Makes it one that nothing depends on any more.</summary>
    /// <returns>Whether it was under way, and is to be cancelled.</returns>
    public bool Lose()
    {
        var wasUnderWay = IsUnderWay;
        IsLoser = true;
        return wasUnderWay;
    }

    /// <summary>Ends the attempt at its destination.</summary>
    public void End(in AttemptResult result, long now)
    {
        Phase = Phase.Free;
        Outcome = result.Outcome;
        Member.Destination.End(result with { Lasted = now - StartedAt, IsTrial = IsTrial }, now);
    }
}

/// <summary>The slots of a request.</summary>
[InlineArray(Attempts.Slots)]
internal struct SlotArray
{
    private Slot _first;
}
