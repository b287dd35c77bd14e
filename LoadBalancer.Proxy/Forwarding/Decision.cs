using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What an engine does next for a request.</summary>
internal enum Act : byte
{
    /// <summary>Nothing more: the request is over.</summary>
    Done,

    /// <summary>Send the request to <see cref="Decision.Member"/>, in <see cref="Decision.Slot"/>.</summary>
    Send,

    /// <summary>Nothing for now: wait for what is under way, or until <see cref="Attempts.WakeAt"/>.</summary>
    Wait,

    /// <summary>Pass the answer on to the client.</summary>
    Relay,

    /// <summary>Throw the answer away and end its attempt: another destination is asked, or has been.</summary>
    Discard,

    /// <summary>Answer with <see cref="Decision.Refusal"/>.</summary>
    Refuse,
}

/// <summary>What <see cref="Attempts"/> says to do next.</summary>
/// <remarks>
/// Whatever it says, the attempts of the slots in <see cref="CancelMask"/> are cancelled and then ended with <see cref="Outcome.Cancelled"/>;
/// an answer that comes on one of them all the same is thrown away.
/// </remarks>
internal readonly struct Decision
{
    private Decision(Act act, int slot = 0, Member member = default, byte cancelMask = 0, Refusal? refusal = null, bool isHedge = false)
    {
        Act = act;
        IsHedge = isHedge;
        Slot = (byte)slot;
        Member = member;
        CancelMask = cancelMask;
        Refusal = refusal;
    }

    public static Decision Discard => new(Act.Discard);

    public Act Act { get; }

    /// <summary>The place of the attempt to be sent, among those that a request may have under way at once.</summary>
    public byte Slot { get; }

    /// <summary>A bit for each slot whose attempt is to be cancelled.</summary>
    public byte CancelMask { get; }

    /// <summary>Whether it is sent beside one that is under way.</summary>
    public bool IsHedge { get; }

    /// <summary>The destination to send to.</summary>
    public Member Member { get; }

    /// <summary>What the client gets instead of an answer of a destination.</summary>
    public Refusal? Refusal { get; }

    public static byte MaskOf(int slot) => (byte)(1 << slot);

    public static Decision Done(byte cancelMask = 0) => new(Act.Done, cancelMask: cancelMask);

    public static Decision Relay(byte cancelMask = 0) => new(Act.Relay, cancelMask: cancelMask);

    public static Decision Send(int slot, Member member, bool isHedge = false) => new(Act.Send, slot, member, isHedge: isHedge);

    public static Decision Wait(byte cancelMask = 0) => new(Act.Wait, cancelMask: cancelMask);

    public static Decision Refuse(Refusal refusal, byte cancelMask = 0) => new(Act.Refuse, cancelMask: cancelMask, refusal: refusal);
}
