using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What the client is told after an attempt that no further one follows.</summary>
internal static class Refusals
{
    /// <summary>The refusal for an outcome, or null when the destination's answer stands.</summary>
    public static Refusal? For(Outcome outcome, Exchange exchange) => outcome switch
    {
        Outcome.Success or Outcome.ServerError or Outcome.ClientLeft or Outcome.Cancelled => null,
        Outcome.ConnectFailed or Outcome.ConnectTimeout => Refusal.NoDestination,
        Outcome.Timeout => Refusal.DestinationTooSlow,
        Outcome.Reset or Outcome.InvalidAnswer or Outcome.AnswerBroken => Refusal.DestinationFailed,
        Outcome.BadRequest => ForBadRequest(exchange.Context.Response.StatusCode),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    // The forwarder has set the status that the web server found the request worthy of.
    private static Refusal ForBadRequest(int status) => status switch
    {
        StatusCodes.Status408RequestTimeout => Refusal.ClientTooSlow,
        >= 400 and < 500 => Refusal.BadRequest with { Status = status },
        _ => Refusal.BadRequest,
    };
}
