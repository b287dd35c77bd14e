using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>Says whether a failed attempt may be followed by another one (RFC 9110, 9.2.2).</summary>
public static class RetryPolicy
{
    /// <summary>How many times a request may be sent before the client is told that it failed.</summary>
    public const int MostSent = 3;

    /// <summary>Whether another attempt may be made. The answer must not have begun.</summary>
    /// <param name="outcome">What the attempt ended in.</param>
    /// <param name="isIdempotent">Whether the request's method may be repeated without harm.</param>
    /// <param name="canReplay">Whether the body, so far as it was read, can be sent again.</param>
    /// <param name="sent">How many attempts, this one with them, may have reached a destination.</param>
    public static bool ShouldRetry(Outcome outcome, bool isIdempotent, bool canReplay, int sent)
    {
        if (outcome.IsNothingSent())
        {
            // Nothing is repeated, so nothing is risked: every destination may be tried.
            return canReplay;
        }

        return outcome == Outcome.Reset && isIdempotent && canReplay && sent < MostSent;
    }

    /// <summary>Whether a method may be repeated without harm (RFC 9110, 9.2.2).</summary>
    public static bool IsIdempotent(string method) => method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";
}
