using System.ComponentModel.DataAnnotations;
using System.Net;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The whole configuration: section <c>LoadBalancer</c> of the settings, or the root of the <c>--config</c> file.</summary>
internal sealed record LoadBalancerOptions
{
    /// <summary>The addresses that the proxy accepts requests on, by name. Default: one, <c>http://localhost:8080</c>.</summary>
    public IReadOnlyDictionary<string, ListenerOptions> Listeners { get; init; } = Named.Empty<ListenerOptions>();

    /// <summary>Which requests go to which cluster, by name. With none, and just one cluster, every request goes to that cluster.</summary>
    public IReadOnlyDictionary<string, RouteOptions> Routes { get; init; } = Named.Empty<RouteOptions>();

    /// <summary>The sets of interchangeable destinations, by name.</summary>
    public IReadOnlyDictionary<string, ClusterOptions> Clusters { get; init; } = Named.Empty<ClusterOptions>();

    /// <summary>The operator's own listener.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>A line for each request. Default: none.</summary>
    public AccessLogOptions? AccessLog { get; init; }

    /// <summary>From when on requests are refused because the proxy itself has too much to do. Default: never.</summary>
    public OverloadOptions? Overload { get; init; }

    /// <summary>The authority that certificates of listeners are obtained from. Default: none.</summary>
    public AcmeOptions? Acme { get; init; }

    /// <summary>What clients may take up.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>
    /// The proxies in front of this one, as networks or single addresses, whose <c>X-Forwarded-*</c> and <c>Forwarded</c> fields are kept. Default: none;
    /// what anyone else sends under these names is replaced.
    /// </summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>The zone that the proxy runs in, whose destinations it prefers (see <see cref="ClusterOptions.ZonePreference"/>). Default, and where it is empty: none, and zones do not count.</summary>
    public string? Zone { get; init; }

    /// <summary>What serves the listeners. Default <see cref="EngineOption.Auto"/>.</summary>
    public EngineOption Engine { get; init; } = EngineOption.Auto;

    /// <summary>How many event loops there are, each a thread. Read at the start only. Default: as many as the program may use processors.</summary>
    [Range(1, 1024)]
    [ReadAtStart]
    public int? EventLoops { get; init; }

    /// <summary>Whether event loops have the kernel do several receives and sends in one call (io_uring), where it lets them. Read at the start only. Default true.</summary>
    [ReadAtStart]
    public bool IoUring { get; init; } = true;

    /// <summary>How long a stop waits for requests in flight before it cuts them off. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    [ReadAtStart]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the proxy goes on as before after it was told to stop, while <c>/health</c> already says that it is not ready. Default: not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownDelay { get; init; }

    /// <summary>The path of a Unix socket by which a new process takes over the listening sockets of the one that runs, for an upgrade that refuses nobody. Default: none.</summary>
    [ReadAtStart]
    public string? TakeOver { get; init; }
}

/// <summary>One address that the proxy accepts requests on.</summary>
internal sealed record ListenerOptions
{
    /// <summary>The address used when the operator names none.</summary>
    public const string DefaultUrl = "http://localhost:8080";

    /// <summary>
    /// <c>http://host:port</c> or <c>https://host:port</c>, where host is <c>localhost</c>, an IP address, or <c>*</c> for every address;
    /// or <c>http://unix:/path/of/it.sock</c>, a Unix-domain socket.
    /// </summary>
    [Required]
    public string Url { get; init; } = "";

    /// <summary>Who may connect to a Unix-domain socket, as the mode of its file in octal digits. Default: as the umask of the program has it.</summary>
    public string? SocketMode { get; init; }

    /// <summary>The versions of HTTP that are spoken. Default: HTTP/1.1, and where the URL is <c>https://</c> HTTP/2 as well.</summary>
    public ListenerProtocols? Protocols { get; init; }

    /// <summary>TLS, where the URL is <c>https://</c>.</summary>
    public ListenerTlsOptions Tls { get; init; } = new();

    /// <summary>The proxies in front that say whose connections they pass on. Default: none do.</summary>
    public ProxyProtocolOptions? ProxyProtocol { get; init; }

    /// <summary>Whether browsers are told to use https only. Default: they are not.</summary>
    public HstsOptions? Hsts { get; init; }
}

/// <summary>What clients may take up.</summary>
internal sealed record LimitOptions
{
    /// <summary>
    /// How long the connection of a client may be without a request before it is closed. Default 130 s.
    /// Behind another balancer it must be longer than that one keeps idle connections, or it meets connections that are being closed.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long the head of a request may take to arrive, from its first byte. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RequestHeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the first line of a request may be, in bytes. Default 8 KiB.</summary>
    [Range(256, 1024 * 1024)]
    public int MaxRequestLineSize { get; init; } = 8 * 1024;

    /// <summary>How long the header fields of a request may be together, in bytes. Default 32 KiB.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxRequestHeadSize { get; init; } = 32 * 1024;

    /// <summary>How long the body of a request may be, in bytes, where its route does not say so itself. Default: any length.</summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long? MaxRequestBodySize { get; init; }

    /// <summary>How many requests a connection of a client may bring before it is closed. Default: any number.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>How many connections of clients may be open at once, where there are descriptors for so many; others wait to be accepted. Default: as many as there are descriptors for.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxConnections { get; init; }
}

/// <summary>The operator's own listener: API, health, metrics.</summary>
internal sealed record AdminOptions
{
    /// <summary>The address used when the operator names none.</summary>
    public const string DefaultUrl = "http://localhost:9901";

    /// <summary>The value of <see cref="Url"/> that switches the listener off.</summary>
    public const string Off = "none";

    /// <summary>As <see cref="ListenerOptions.Url"/>, or <c>none</c> to switch it off. Default <c>http://localhost:9901</c>.</summary>
    public string Url { get; init; } = DefaultUrl;

    /// <summary>The bearer token that <c>/api</c> asks for. Needed when <see cref="Url"/> is not a loopback address.</summary>
    [Secret]
    public string? Token { get; init; }
}
