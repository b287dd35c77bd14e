using System.ComponentModel.DataAnnotations;
using System.Net;

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

    /// <summary>When a second destination is asked while the first has not answered.</summary>
    public HedgeOptions Hedge { get; init; } = new();

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

/// <summary>When a failed attempt is followed by another one.</summary>
internal sealed record RetryOptions
{
    /// <summary>How often a request may be sent in all, where the connection broke or the status is one of <see cref="Statuses"/>. Default 3. Where nothing was sent, other destinations are tried whatever this says.</summary>
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
    /// <summary>How long the first is waited for, from the last byte of the request that the client sent. With <see cref="Percentile"/>, how long at least. Default: until it answers or fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan? Delay { get; init; }

    /// <summary>
    /// Waited for as long as so many per cent of the cluster's answers took to begin, of those in the last 10 s; not hedged while there were fewer than 50.
    /// Default: none, and <see cref="Delay"/> says it.
    /// </summary>
    [Range(50.0, 99.9)]
    public double? Percentile { get; init; }
}

/// <summary>The connections to the destinations of a cluster.</summary>
internal sealed record HttpClientOptions
{
    /// <summary>How long a connection may take to be made. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections to one destination may be open at once. Default: no limit.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxConnectionsPerServer { get; init; }

    /// <summary>How long a connection may be without a request before it is closed. Default 1 min. Less than that of the destinations, or requests meet connections that are being closed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan PooledConnectionIdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how long without traffic an HTTP/2 connection is asked for a sign of life. Default: never.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan? KeepAlivePingDelay { get; init; }

    /// <summary>How long that sign may take before the connection is given up. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How often the name of a destination in use is looked up. When it has moved, requests follow: they get connections to its new addresses. Default 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DnsRefreshInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>TLS to destinations whose address begins with <c>https</c>.</summary>
    public TlsClientOptions Tls { get; init; } = new();

    /// <summary>Whether any certificate of a destination is taken. Default false. Anyone between can then read and change the traffic.</summary>
    public bool DangerousAcceptAnyServerCertificate { get; init; }

    /// <summary>Whether a second HTTP/2 connection is made when the first has no free stream. Default true.</summary>
    public bool EnableMultipleHttp2Connections { get; init; } = true;
}

/// <summary>TLS to the destinations of a cluster.</summary>
internal sealed record TlsClientOptions
{
    /// <summary>The name that the destinations are asked for (SNI), and that their certificates must have. Default: for each the host of its address.</summary>
    public string? ServerName { get; init; }

    /// <summary>A PEM file with the authorities whose certificates are trusted. Default: those that the machine trusts.</summary>
    public CertificateAuthorities? CertificateAuthorities { get; init; }
}

/// <summary>The requests to the destinations of a cluster.</summary>
internal sealed record HttpRequestOptions
{
    /// <summary>
    /// How long a request may take until the head of its answer is there, over all attempts and waits. Default 100 s.
    /// While the client still sends its body, the time runs from the last byte that it sent.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// How long an attempt may take until its answer begins, from the last byte of the request that the client sent; a request that may be repeated then goes to another destination.
    /// Default: as long as the other limits allow.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>How long an attempt may go without a byte moving in either direction. Default 100 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ActivityTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a tunnel, such as a WebSocket, may go without a byte moving in either direction. Default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "7.00:00:00")]
    public TimeSpan TunnelTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The HTTP version to ask for: 1.0, 1.1, 2 or 3. Default 2, which over plain text means 1.1 unless <see cref="VersionPolicy"/> says otherwise.</summary>
    public Version Version { get; init; } = HttpVersion.Version20;

    /// <summary>How <see cref="Version"/> is meant. Default <see cref="HttpVersionPolicy.RequestVersionOrLower"/>.</summary>
    public HttpVersionPolicy VersionPolicy { get; init; } = HttpVersionPolicy.RequestVersionOrLower;
}
