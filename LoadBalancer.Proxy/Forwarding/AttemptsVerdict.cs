using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What the end of an attempt says of the request.</summary>
internal partial struct Attempts
{
    private void Tally(in AttemptResult ended)
    {
        _isSentAnywhere |= ended.RequestHeadSent;
        _sent += ended.CountsAsSent ? 1 : 0;
        _costly += ended.CountsAsSent || ended.Outcome == Outcome.ConnectTimeout ? 1 : 0;
    }

    // An attempt that was cancelled because its time was up ends by that, not by having been cancelled.
    private readonly AttemptResult Judge(in Slot attempt, in AttemptResult result) => result.Outcome != Outcome.Cancelled || !attempt.IsTimeUp ? result : result with
    {
        // A tunnel on which nobody has anything to say has served its purpose.
        Outcome = attempt.Phase == Phase.Relayed && (_traits & Traits.Tunnel) != 0 ? Outcome.Success
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
