namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// When a destination gets no requests at all for a while, because those that it had failed, and then a few to try it.
/// Unlike <see cref="OutlierDetectionOptions"/> it regards no other destination: all of a cluster may be out.
/// </summary>
internal sealed record CircuitBreakerOptions
{
    /// <summary>Opens after so many failures in a row; 0 for never. Default 5.</summary>
    [Range(0, 1_000_000)]
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Opens when too many requests fail. Default: never.</summary>
    public FailureRateOptions? FailureRate { get; init; }

    /// <summary>Whether an answer with a 5xx status counts as a failure. Default true.</summary>
    public bool CountServerErrors { get; init; } = true;

    /// <summary>How long it is open before requests are let through to try the destination. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan OpenTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many such requests there are at once at most, and how many must succeed before it is closed. One that fails opens it again. Default 1.</summary>
    [Range(1, 1000)]
    public int Trials { get; init; } = 1;

    /// <summary>What opens it, in the words of outlier detection.</summary>
    internal OutlierDetectionOptions Signs => new() { ConsecutiveFailures = ConsecutiveFailures, FailureRate = FailureRate, CountServerErrors = CountServerErrors };
}
