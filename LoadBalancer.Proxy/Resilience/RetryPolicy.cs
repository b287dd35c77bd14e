using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>Says whether a failed attempt may be followed by another one (RFC 9110, 9.2.2).</summary>
internal static class RetryPolicy
{
    /// <summary>
    /// How many attempts a request may have that reached a destination or cost a timeout, whatever else is configured.
    /// Those that were refused at once do not count: they cost nobody anything, so each destination may be asked.
    /// </summary>
    public const int MostCostly = 8;

    /// <summary>Whether another attempt may follow.</summary>
    /// <param name="result">What the last one ended in; its answer has not begun.</param>
    /// <param name="isIdempotent">Whether the request's method may be repeated without harm.</param>
    /// <param name="canReplay">Whether the body, so far as it was read, can be sent again.</param>
    /// <param name="sent">How many attempts, this one with them, count as sent.</param>
    /// <param name="costly">How many attempts, this one with them, count as sent or cost a timeout.</param>
    /// <param name="options">What the operator allows.</param>
    /// <param name="repeatsLate">Whether an attempt that took too long to answer is such as one whose connection broke.</param>
    public static bool MayFollow(in AttemptResult result, bool isIdempotent, bool canReplay, int sent, int costly, RetryOptions options, bool repeatsLate = false)
    {
        if (!canReplay || costly >= MostCostly)
        {
            return false;
        }

        // Where nothing was sent, nothing is repeated, so nothing is risked. A connection that broke may have been an idle one that was about to be closed.
        return result switch
        {
            { RequestHeadSent: false, Outcome: Outcome.ConnectFailed or Outcome.ConnectTimeout or Outcome.Reset } => true,
            { RequestHeadSent: false, Outcome: Outcome.CertificateRefused or Outcome.InvalidAnswer } => sent < options.MaxAttempts,
            { Outcome: Outcome.Reset or Outcome.InvalidAnswer } => isIdempotent && sent < options.MaxAttempts,
            { Outcome: Outcome.Timeout } => repeatsLate && isIdempotent && sent < options.MaxAttempts,
            _ => false,
        };
    }

    /// <summary>Whether another destination may be asked in place of an answer that is there.</summary>
    /// <param name="status">The answer's status.</param>
    /// <param name="isIdempotent">Whether the request's method may be repeated without harm.</param>
    /// <param name="canReplay">Whether the body, so far as it was read, can be sent again.</param>
    /// <param name="sent">How many attempts, this one with them, have reached a destination.</param>
    /// <param name="costly">How many attempts, this one with them, have reached a destination or cost a timeout.</param>
    /// <param name="options">What the operator allows.</param>
    public static bool MayReplace(int status, bool isIdempotent, bool canReplay, int sent, int costly, RetryOptions options) =>
        isIdempotent && canReplay && sent < options.MaxAttempts && costly < MostCostly && IsUnwanted(status, options);

    /// <summary>Whether the operator would rather have the answer of another destination than one with this status.</summary>
    public static bool IsUnwanted(int status, RetryOptions options) => options.Statuses is { } statuses && statuses.Contains(status);

    /// <summary>Whether a second attempt may be sent while the first is under way. The request's method may be repeated without harm, and all of its body is there.</summary>
    /// <param name="sent">How many attempts, the one under way with them, count as sent.</param>
    /// <param name="costly">How many attempts, the one under way with them, count as sent or cost a timeout.</param>
    /// <param name="options">What the operator allows.</param>
    public static bool MayHedge(int sent, int costly, RetryOptions options) => sent < options.MaxAttempts && costly < MostCostly;

    /// <summary>How long to wait before a request is sent again.</summary>
    /// <param name="repeated">How many times it was sent again before.</param>
    /// <param name="dice">64 random bits: a wait is up to a half shorter, so that requests that failed together are not sent again together.</param>
    /// <param name="options">What the operator wants.</param>
    /// <returns>Ticks of 100 ns.</returns>
    public static long Backoff(int repeated, ulong dice, RetryOptions options)
    {
        var longest = Math.Min(options.MaximumBackoff.Ticks, options.Backoff.Ticks * (double)(1L << Math.Min(repeated, MostCostly)));
        return (long)(longest * (1 - (dice / (double)ulong.MaxValue / 2)));
    }

    /// <summary>Whether a method may be repeated without harm (RFC 9110, 9.2.2).</summary>
    public static bool IsIdempotent(string method) => method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";
}
