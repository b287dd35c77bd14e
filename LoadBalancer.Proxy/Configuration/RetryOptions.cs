namespace LoadBalancer.Proxy.Configuration;

/// <summary>When a failed attempt is followed by another one.</summary>
internal sealed record RetryOptions
{
    /// <summary>How often a request may be sent in all, where the connection broke, what came was not HTTP, or the status is one of <see cref="Statuses"/>. Default 3. Where nothing was sent, other destinations are tried whatever this says.</summary>
    [Range(1, 8)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The status codes of answers in place of which another destination is asked, if the method may be repeated: codes and ranges within 400-599. Default none.</summary>
    public StatusRanges? Statuses { get; init; }

    /// <summary>How long to wait before a request is sent again to where it may have arrived: the second time twice as long, and so on, each by up to a half shorter at random. Default: not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Backoff { get; init; }

    /// <summary>The longest of these waits. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaximumBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many of the requests in flight may be such that are sent again.</summary>
    public RetryBudgetOptions Budget { get; init; } = new();
}

/// <summary>
/// How many attempts of a cluster may be under way at once that repeat what was sent before, or hedge it: retries must not bring those down that are left.
/// Attempts after one that sent nothing are free.
/// </summary>
internal sealed record RetryBudgetOptions
{
    /// <summary>Which share of the attempts in flight, of the most within the last 10 s. From 0 to 1, which is as many as there are. Default 0.2.</summary>
    [Range(0.0, 1.0)]
    public double Share { get; init; } = 0.2;

    /// <summary>How many at least, whatever the share comes to. Default 3.</summary>
    [Range(0, 1_000_000)]
    public int MinimumConcurrent { get; init; } = 3;

    /// <summary>How many within 10 s before any is refused. Default 10.</summary>
    [Range(0, 1_000_000)]
    public int Burst { get; init; } = 10;
}

/// <summary>
/// When a second destination is asked while the first has not answered; the first answer to begin is passed on, and the other attempt cancelled.
/// Only requests whose method may be repeated are hedged, without a body or once all of it was read and is no more than 64 KiB, and that open no tunnel.
/// </summary>
internal sealed record HedgeOptions
{
    private const double DefaultPercentile = 95;

    /// <summary>How long the first is waited for, from the last byte of the request that the client sent. With <see cref="Percentile"/>, how long at least. Default: <see cref="Percentile"/> says it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan? Delay { get; init; }

    /// <summary>
    /// Waited for as long as so many per cent of the cluster's answers took to begin, of those in the last 10 s; not hedged while there were fewer than 50.
    /// Default: 95, or none where there is a <see cref="Delay"/>.
    /// </summary>
    [Range(50.0, 99.9)]
    public double? Percentile { get; init; }

    /// <summary><see cref="Percentile"/> with its default; null where <see cref="Delay"/> alone says it.</summary>
    internal double? LearnedPercentile => Percentile ?? (Delay is null ? DefaultPercentile : null);
}

/// <summary>How requests wait when every destination of a cluster has as many as it may. First come, first served.</summary>
internal sealed record QueueOptions
{
    /// <summary>How many may wait; more are refused at once. Default 1000.</summary>
    [Range(1, 1_000_000)]
    public int MaxLength { get; init; } = 1000;

    /// <summary>How long each may wait; then it is refused. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
