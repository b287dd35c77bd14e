using System.Diagnostics;
using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>One attempt of an exchange on the wire, and what cancels it.</summary>
/// <remarks>It is its own source of cancellation, since nearly every request has exactly one. It has no timer and nothing to dispose of.</remarks>
/// <param name="slot">Its place in <see cref="Attempts"/>.</param>
/// <param name="member">Where it goes.</param>
/// <param name="started">When it began.</param>
internal sealed class Flight(int slot, Member member, long started) : CancellationTokenSource
{
    private long? _toHead;

    public int Slot => slot;

    public Member Member => member;

    /// <summary>When it began.</summary>
    public long Started => started;

    public AttemptUri? Uri { get; set; }

    /// <summary>Its span; null when nobody listens, or when it has ended.</summary>
    public Activity? Span { get; set; }

    /// <summary>What the destination answered.</summary>
    public HttpResponseMessage? Answer { get; private set; }

    /// <summary>Why there is no answer.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether the core has had it cancelled, and knows what it ended in by that.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Whether its time was up while the client still had to send something.</summary>
    public bool IsClientSlow { get; private set; }

    /// <summary>Ends when the sending has ended and all was told, whatever came of it; null where the exchange itself waits for it.</summary>
    public Task? Sending { get; set; }

    /// <summary>The head of the answer has come.</summary>
    public void Answered(HttpResponseMessage answer, long now) => (Answer, _toHead) = (answer, now - started);

    /// <summary>There will be no answer.</summary>
    public void Failed(Exception failure) => Failure = failure;

    /// <summary>The core has it cancelled.</summary>
    /// <param name="isClientSlow">Whether the client still has to send something.</param>
    public void GiveUp(bool isClientSlow) => (IsGivenUp, IsClientSlow) = (true, isClientSlow);

    /// <summary>What it ended in.</summary>
    public AttemptResult Result(Outcome outcome, int status = 0, bool isComplete = false) => new(outcome, status, Uri!.HeadWasWritten, isComplete, _toHead);
}

/// <summary>The flights of an exchange, by their slots.</summary>
[InlineArray(Attempts.Slots)]
internal struct FlightArray
{
    private Flight? _first;
}
