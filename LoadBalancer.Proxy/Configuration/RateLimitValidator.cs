using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks what no single value of a rate limit shows.</summary>
internal static class RateLimitValidator
{
    /// <summary>Reports what is wrong with the rate limit at this path.</summary>
    public static void Check(string path, RateLimitOptions limit, Action<string, string> report)
    {
        if (limit.By != RateLimitKey.Header && limit.Header is not null)
        {
            report($"{path}:Header", $"has no effect: By is {limit.By}");
        }
        else if (limit.By == RateLimitKey.Header && string.IsNullOrEmpty(limit.Header))
        {
            report($"{path}:Header", "is missing: By is Header, and the key is under a name");
        }
        else if (limit.Header is { } header && !MessageSyntax.IsToken(header))
        {
            report($"{path}:Header", $"'{header}' is not the name of a header");
        }

        if (limit.By == RateLimitKey.Route && limit.MaxKeys is not null)
        {
            report($"{path}:MaxKeys", "has no effect: By is Route, which is one key");
        }

        if (limit.Requests is > 0 and { } requests && limit.Per.Ticks / (double)requests * limit.BurstInForce > RateLimitOptions.LongestRefill.Ticks)
        {
            report($"{path}:Burst", $"{limit.Burst} is too much for {requests} in {SpanText.Format(limit.Per)}: it would take more than {RateLimitOptions.LongestRefill.TotalDays:0} days until so many may come at once again");
        }
    }
}
