using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>A set of interchangeable destinations and how they are used.</summary>
internal sealed record ClusterOptions
{
    /// <summary>How a destination is picked for a request. Default <see cref="LoadBalancingPolicy.RoundRobin"/>.</summary>
    public LoadBalancingPolicy LoadBalancingPolicy { get; init; } = LoadBalancingPolicy.RoundRobin;

    /// <summary>What <see cref="LoadBalancingPolicy.ConsistentHash"/> goes by.</summary>
    public HashOptions Hash { get; init; } = new();

    /// <summary>How slowly a destination gets its full share that was added or has come back. Default: at once.</summary>
    public SlowStartOptions? SlowStart { get; init; }

    /// <summary>
    /// Which share of the destinations of a <see cref="DestinationOptions.Priority"/> must be available; else those of the next serve as well.
    /// From 0, for as long as there is one, to 1. Default 0.5.
    /// </summary>
    [Range(0.0, 1.0)]
    public double PriorityThreshold { get; init; } = 0.5;

    /// <summary>How much the destinations of the proxy's own zone are preferred.</summary>
    public ZonePreferenceOptions ZonePreference { get; init; } = new();

    /// <summary>When what health checks say is ignored.</summary>
    public PanicOptions Panic { get; init; } = new();

    /// <summary>How the cluster learns which destinations are well.</summary>
    public HealthCheckOptions HealthCheck { get; init; } = new();

    /// <summary>When a destination is taken out by what real traffic shows of it. Default: never.</summary>
    public OutlierDetectionOptions? OutlierDetection { get; init; }

    /// <summary>Whether the requests of a client stay with one destination.</summary>
    public SessionAffinityOptions SessionAffinity { get; init; } = new();

    /// <summary>For how long a destination that the operator drains still gets the requests of its sessions. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The connections to the destinations.</summary>
    public HttpClientOptions HttpClient { get; init; } = new();

    /// <summary>The requests to the destinations.</summary>
    public HttpRequestOptions HttpRequest { get; init; } = new();

    /// <summary>When a destination gets no requests for a while because those that it had failed. Default: never.</summary>
    public CircuitBreakerOptions? CircuitBreaker { get; init; }

    /// <summary>How many requests each destination may have at once. Default: any number.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentRequests { get; init; }

    /// <summary>Whether requests wait when every destination has as many as it may. Default: they are refused.</summary>
    public QueueOptions? Queue { get; init; }

    /// <summary>When a failed attempt is followed by another one.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>When a second destination is asked while the first has not answered. Default: never.</summary>
    public HedgeOptions? Hedge { get; init; }

    /// <summary>Where further destinations are found. Default: nowhere.</summary>
    public DiscoveryOptions? Discovery { get; init; }

    /// <summary>The cluster that serves requests while no destination of this one is available. Default: they are refused.</summary>
    public string? Fallback { get; init; }

    /// <summary>The destinations, by name. May be empty: requests are then answered with 503.</summary>
    public IReadOnlyDictionary<string, DestinationOptions> Destinations { get; init; } = Named.Empty<DestinationOptions>();
}

/// <summary>The rule by which a destination is picked.</summary>
public enum LoadBalancingPolicy
{
    /// <summary>One after the other, in the order of their names (of what was typed, with <c>--servers</c>), each as often as its weight says, evenly spread.</summary>
    RoundRobin,

    /// <summary>Another name of <see cref="RoundRobin"/>, which has weights too.</summary>
    WeightedRoundRobin,

    /// <summary>By lot.</summary>
    Random,

    /// <summary>The one with the fewest requests in flight.</summary>
    LeastRequests,

    /// <summary>Of two drawn by lot, the one with fewer requests in flight.</summary>
    PowerOfTwoChoices,

    /// <summary>Of two drawn by lot, the one whose latency and requests in flight promise the quicker answer.</summary>
    PeakEwma,

    /// <summary>The same key, the same destination; see <see cref="HashOptions"/>.</summary>
    ConsistentHash,

    /// <summary>The first by name that is available, whatever its weight.</summary>
    FirstAlphabetical,
}

/// <summary>What requests are told apart by. One without a key is shared out by lot.</summary>
internal record KeyOptions
{
    /// <summary>Where the key is. Default <see cref="HashSource.ClientAddress"/>.</summary>
    public HashSource Source { get; init; } = HashSource.ClientAddress;

    /// <summary>The name of the header, cookie or query parameter.</summary>
    public string? Name { get; init; }
}

/// <summary>What requests are told apart by, so that those with the same key get the same destination.</summary>
internal sealed record HashOptions : KeyOptions
{
    /// <summary>
    /// How many times its share of the requests in flight a destination may have before further keys go to others: 1 to 100, or 0 for any number. Default 1.25.
    /// Up to four requests in flight are always allowed.
    /// </summary>
    [Range(0.0, 100.0)]
    public double BalanceFactor { get; init; } = 1.25;
}

/// <summary>Where the key of a request is.</summary>
public enum HashSource
{
    /// <summary>The address of the client; behind trusted proxies, that of theirs.</summary>
    ClientAddress,

    /// <summary>A header of the request.</summary>
    Header,

    /// <summary>A cookie of the request.</summary>
    Cookie,

    /// <summary>A parameter of the query.</summary>
    Query,

    /// <summary>The path, without the query.</summary>
    Path,
}

/// <summary>How slowly a destination gets its full share that was added or has come back; not those that are there when the proxy starts.</summary>
internal sealed record SlowStartOptions
{
    /// <summary>How long it takes. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How quickly the share grows at first: at 1 evenly, above 1 quickly and then slowly, below 1 the other way round. Default 1.</summary>
    [Range(0.1, 10.0)]
    public double Aggression { get; init; } = 1;

    /// <summary>The share of its weight that it has from the beginning. Default 0.1.</summary>
    [Range(0.01, 1.0)]
    public double MinimumShare { get; init; } = 0.1;
}

/// <summary>When what health checks and traffic say of destinations is ignored: the few that are left could not bear all requests, and it may be the checks that are wrong.</summary>
internal sealed record PanicOptions
{
    /// <summary>
    /// Ignored while there is no <see cref="DestinationOptions.Priority"/> of whose destinations so large a share is available:
    /// 0 for never, 1 for whenever one is missing. Default 0.
    /// </summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; }
}

/// <summary>One address that can serve requests.</summary>
internal sealed record DestinationOptions
{
    public const int MostWeight = 1000;
    public const int DefaultWeight = 1;

    /// <summary>
    /// <c>http://host:port</c> or <c>https://host:port</c>, with a path prefix if wanted.
    /// A host that is a service name of the configuration (<c>services:name:http:0</c>, <c>:1</c>, ...) stands for all addresses of that service.
    /// </summary>
    [Required]
    public string Address { get; init; } = "";

    /// <summary>The address to probe, where it differs from <see cref="Address"/>.</summary>
    public string? Health { get; init; }

    /// <summary>The <c>Host</c> header to send, instead of the one that the client sent.</summary>
    public string? Host { get; init; }

    /// <summary>Whether <see cref="Host"/> is what YARP sends where nothing is said. Probes of another address then have the host of that.</summary>
    internal bool IsHostOfYarp { get; init; }

    /// <summary>How many requests it gets in proportion to the others; 0 for none but those of its sessions. Default 1.</summary>
    [Range(0, MostWeight)]
    public int Weight { get; init; } = DefaultWeight;

    /// <summary>Its tier: 0 is the best, and the others are backups (see <see cref="ClusterOptions.PriorityThreshold"/>). Default 0.</summary>
    [Range(0, 100)]
    public int Priority { get; init; }

    /// <summary>The zone that it runs in (see <see cref="LoadBalancerOptions.Zone"/>). Case does not count. Default: none, and it is as good as one of the proxy's own zone.</summary>
    public string? Zone { get; init; }
}
