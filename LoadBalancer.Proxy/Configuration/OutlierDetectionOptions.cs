namespace LoadBalancer.Proxy.Configuration;

/// <summary>When a destination is taken out by what real traffic shows of it (passive health checks), and for how long.</summary>
internal sealed record OutlierDetectionOptions
{
    /// <summary>Out after so many failures in a row; 0 for never. Default 5.</summary>
    [Range(0, 1_000_000)]
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Out when too many of its requests fail. Default: never.</summary>
    public FailureRateOptions? FailureRate { get; init; }

    /// <summary>Out when it is much slower than the others. Default: never.</summary>
    public LatencyOutlierOptions? Latency { get; init; }

    /// <summary>Whether an answer with a 5xx status counts as a failure. Default true.</summary>
    public bool CountServerErrors { get; init; } = true;

    /// <summary>How long a destination is out the first time; each time that it has to go again soon after it was back, as much longer. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is out at most. Default 300 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan MaximumEjectionTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Which share of the destinations may be out at once. One always may, and the last one that is available never. Default 0.5.</summary>
    [Range(0.0, 1.0)]
    public double MaximumEjectedShare { get; init; } = 0.5;

    /// <summary>Whether it is only told who would be taken out. Default false.</summary>
    public bool DryRun { get; init; }
}

/// <summary>A share of failures within a window of time.</summary>
internal sealed record FailureRateOptions
{
    /// <summary>The share of its requests that fail. Default 0.5.</summary>
    [Range(0.01, 1.0)]
    public double Share { get; init; } = 0.5;

    /// <summary>The time that is looked back over. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many requests there must be within it. Default 20.</summary>
    [Range(1, 1_000_000)]
    public int MinimumRequests { get; init; } = 20;
}

/// <summary>How much slower than the others is too slow.</summary>
internal sealed record LatencyOutlierOptions
{
    /// <summary>How many times the median of the others its own median time to the head of an answer is. Default 5.</summary>
    [Range(1.1, 1000.0)]
    public double Factor { get; init; } = 5;

    /// <summary>How much longer it takes at least than the others: ten times next to nothing is nothing. Default 5 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumDifference { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The time that is looked back over. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many answers a destination must have given within it to be compared. Default 10.</summary>
    [Range(1, 1_000_000)]
    public int MinimumRequests { get; init; } = 10;
}

/// <summary>Passive health checks in the words of YARP.</summary>
internal sealed record PassiveHealthCheckOptions
{
    /// <summary>Whether traffic is looked at. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>What is looked at. Default <see cref="PassivePolicy.TransportFailureRate"/>.</summary>
    public PassivePolicy Policy { get; init; }

    /// <summary>How long a destination is out. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan ReactivationPeriod { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Which share of its requests must fail for it to be out. Only YARP's metadata says another one; <see cref="OutlierDetectionOptions"/> has it in ours.</summary>
    internal double FailureRateLimit { get; init; } = 0.3;

    /// <summary>The same in words of ours, with the numbers that YARP has.</summary>
    public OutlierDetectionOptions? AsOutlierDetection() => !Enabled ? null : new OutlierDetectionOptions
    {
        ConsecutiveFailures = 0,
        FailureRate = new FailureRateOptions { Share = FailureRateLimit, Window = TimeSpan.FromSeconds(60), MinimumRequests = 10 },
        CountServerErrors = false,
        EjectionTime = ReactivationPeriod,
        MaximumEjectionTime = ReactivationPeriod,
        MaximumEjectedShare = 1,
    };
}

/// <summary>The policies of YARP for passive health checks.</summary>
public enum PassivePolicy
{
    /// <summary>The share of requests that got no answer.</summary>
    TransportFailureRate,
}
