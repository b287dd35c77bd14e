using System.Net;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The connections to the destinations of a cluster.</summary>
internal sealed record HttpClientOptions
{
    // A connection that is one client's is of no use to others, who may be many; and that client may be gone.
    private static readonly TimeSpan MostIdleOfClient = TimeSpan.FromSeconds(5);

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

    /// <summary>How destinations are told, at the beginning of each connection, which client it is for. A client then has connections of its own. Default: they are not.</summary>
    public ProxyProtocolVersion? ProxyProtocol { get; init; }

    /// <summary>How long a connection may be without a request: <see cref="PooledConnectionIdleTimeout"/>, and not long where each client has its own.</summary>
    internal TimeSpan IdleTimeout => ProxyProtocol is null || PooledConnectionIdleTimeout < MostIdleOfClient ? PooledConnectionIdleTimeout : MostIdleOfClient;

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

    /// <summary>The certificate of the proxy, for destinations that ask for one. Default: none is shown.</summary>
    public CertificateOptions? ClientCertificate { get; init; }
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
