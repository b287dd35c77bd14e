using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>How many requests of a route are let through in a time, for each client or for all together. More are answered with 429.</summary>
internal sealed record RateLimitOptions
{
    /// <summary>How many keys are remembered where the operator does not say.</summary>
    public const int DefaultMaxKeys = 100_000;

    /// <summary>How long it may take at most until a used up burst is there again.</summary>
    public static readonly TimeSpan LongestRefill = TimeSpan.FromDays(30);

    /// <summary>How many requests are let through in the time of <see cref="Per"/>.</summary>
    [Required]
    [Range(1, 1_000_000)]
    public int? Requests { get; init; }

    /// <summary>In which time. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan Per { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many requests may come at once after a pause; they count as all others do. Default: as many as <see cref="Requests"/>.</summary>
    [Range(1, 1_000_000)]
    public int? Burst { get; init; }

    /// <summary>What has a limit of its own. Default <see cref="RateLimitKey.ClientAddress"/>.</summary>
    public RateLimitKey By { get; init; }

    /// <summary>The name of the header, for <see cref="RateLimitKey.Header"/>.</summary>
    public string? Header { get; init; }

    /// <summary>How many keys are remembered at once; beyond that, the one whose limit has the most room is forgotten. Default 100,000.</summary>
    [Range(100, 10_000_000)]
    public int? MaxKeys { get; init; }

    /// <summary><see cref="Burst"/>, or what it is by default.</summary>
    public int BurstInForce => Burst ?? Requests ?? 1;
}

/// <summary>What has a rate limit of its own.</summary>
public enum RateLimitKey
{
    /// <summary>Each address of a client, IPv6 by /64; behind trusted proxies, that of their clients.</summary>
    ClientAddress,

    /// <summary>Each value of a header. A request without it has the limit of its client's address.</summary>
    Header,

    /// <summary>The route: all its requests share one limit.</summary>
    Route,
}
