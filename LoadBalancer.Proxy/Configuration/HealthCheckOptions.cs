namespace LoadBalancer.Proxy.Configuration;

/// <summary>How a cluster learns which destinations are healthy.</summary>
internal sealed record HealthCheckOptions
{
    /// <summary>Probes that the proxy sends by itself.</summary>
    public ActiveHealthCheckOptions Active { get; init; } = new();

    /// <summary>What real traffic shows, in the words of YARP. <see cref="ClusterOptions.OutlierDetection"/> says it in ours.</summary>
    public PassiveHealthCheckOptions Passive { get; init; } = new();
}

/// <summary>Probes that the proxy sends by itself, to each destination on its own schedule.</summary>
internal sealed record ActiveHealthCheckOptions
{
    /// <summary>Whether probes are sent. Default false; with <c>--servers</c> true.</summary>
    public bool Enabled { get; init; }

    /// <summary>What a probe does. Default <see cref="ProbeKind.Http"/>.</summary>
    public ProbeKind Kind { get; init; } = ProbeKind.Http;

    /// <summary>The port to probe, where it is not that of the address. A destination with a <see cref="DestinationOptions.Health"/> address is probed there.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>The method to ask with. Default GET.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The path to ask for. Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The query to ask with, with its <c>?</c>. Default none.</summary>
    public string? Query { get; init; }

    /// <summary>Header fields to send, by name. Default none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = new HeaderSet(value); } = HeaderSet.Empty;

    /// <summary>The status codes that pass, as codes and ranges: <c>200-299,304</c>. Default <c>200-399</c>.</summary>
    public StatusRanges Statuses { get; init; } = StatusRanges.SuccessOrRedirect;

    /// <summary>A text that must be in the answer, within its first 64 KiB. Default: any answer will do.</summary>
    public string? Body { get; init; }

    /// <summary>The gRPC service to ask for. Default: the server as a whole.</summary>
    public string? Service { get; init; }

    /// <summary>The HTTP version that probes ask for. Default: that of the requests.</summary>
    public Version? Version { get; init; }

    /// <summary>How <see cref="Version"/> is meant. Default: as for the requests.</summary>
    public HttpVersionPolicy? VersionPolicy { get; init; }

    /// <summary>From the end of one probe to the start of the next. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The same after a probe that contradicts the verdict, and as long as a destination has never passed; never more than <see cref="Interval"/>. Default 250 ms.
    /// Longer where many destinations are in that state, so that these probes are a hundred in a second at most.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan FastInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The same while a destination is unhealthy that has passed before. Default: <see cref="Interval"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? DownInterval { get; init; }

    /// <summary>By up to which share an interval is shortened at random, so that several proxies do not probe in step. Default 0.1.</summary>
    [Range(0.0, 1.0)]
    public double Jitter { get; init; } = 0.1;

    /// <summary>How long a probe may take. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many probes in a row must pass for an unhealthy destination to be healthy again. Default 1.</summary>
    [Range(1, 1000)]
    public int Rise { get; init; } = 1;

    /// <summary>How many probes in a row must fail for a healthy destination to be unhealthy. Default 2.</summary>
    [Range(1, 1000)]
    public int Fall { get; init; } = 2;
}

/// <summary>What a probe does.</summary>
public enum ProbeKind
{
    /// <summary>Asks for a path, and judges the answer.</summary>
    Http,

    /// <summary>Makes a TCP connection, and closes it.</summary>
    Tcp,

    /// <summary>Asks for the health of a service by the gRPC health checking protocol (<c>grpc.health.v1.Health/Check</c>).</summary>
    Grpc,
}
