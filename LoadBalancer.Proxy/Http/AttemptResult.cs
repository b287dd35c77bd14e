namespace LoadBalancer.Proxy.Http;

/// <summary>What became of one attempt, as the engine that made it saw it.</summary>
/// <param name="Outcome">What it ended in.</param>
/// <param name="Status">The status that the destination answered; 0 when it did not. Of a bad request, the status that the client is to get.</param>
/// <param name="RequestHeadSent">Whether the destination may have got a byte of the request. Where it got none, another attempt repeats nothing.</param>
/// <param name="AnswerComplete">Whether the answer came to its end.</param>
/// <param name="ToHead">How long it took until the head of the answer was there, in ticks of 100 ns; null when it did not come.</param>
internal readonly record struct AttemptResult(Outcome Outcome, int Status = 0, bool RequestHeadSent = false, bool AnswerComplete = false, long? ToHead = null)
{
    /// <summary>
    /// How long the attempt lasted, in ticks of 100 ns. Of one that was cancelled without an answer, all that is known is that the answer would have taken longer.
    /// </summary>
    public long Lasted { get; init; }

    /// <summary>Whether it was let through to try a destination whose circuit breaker is half-open.</summary>
    public bool IsTrial { get; init; }

    /// <summary>
    /// Whether it counts toward the most that a request may have. An attempt that found nobody does not; a refused certificate does, and a version of HTTP
    /// that could not be agreed on, since what stands against it is often the same for the whole cluster.
    /// </summary>
    public bool CountsAsSent => RequestHeadSent || Outcome is Outcome.CertificateRefused or Outcome.InvalidAnswer;
}
