using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Where a cluster finds destinations beside those that it names.</summary>
internal sealed record DiscoveryOptions
{
    /// <summary>In DNS.</summary>
    public DnsDiscoveryOptions? Dns { get; init; }

    /// <summary>In Kubernetes.</summary>
    public KubernetesDiscoveryOptions? Kubernetes { get; init; }

    /// <summary>Whether what is found is spoken to over TLS.</summary>
    public bool IsTls => (Dns?.Scheme ?? Kubernetes?.Scheme) == DestinationScheme.Https;

    /// <summary>Whether another finds the same in the same way.</summary>
    public bool IsSameAs(DiscoveryOptions other) =>
        (Dns is null ? other.Dns is null : other.Dns is { } dns && Dns.IsSameAs(dns)) && Kubernetes == other.Kubernetes;
}

/// <summary>A name that stands for destinations: each address that DNS gives for it is one.</summary>
internal sealed record DnsDiscoveryOptions
{
    /// <summary>The name. Where the system's resolver is asked, its search domains apply unless the name ends with a dot.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>Which records are asked for. Default <see cref="DnsRecord.Address"/>.</summary>
    public DnsRecord Record { get; init; } = DnsRecord.Address;

    /// <summary>Which addresses count. Default <see cref="DnsFamily.Any"/>.</summary>
    public DnsFamily Family { get; init; } = DnsFamily.Any;

    /// <summary>The port of the destinations. SRV records have their own.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>What is spoken to the destinations. Default <see cref="DestinationScheme.Http"/>.</summary>
    public DestinationScheme Scheme { get; init; } = DestinationScheme.Http;

    /// <summary>The <c>Host</c> header to send, instead of the one that the client sent.</summary>
    public string? Host { get; init; }

    /// <summary>The priority of the destinations; with SRV records, that of the best of them. Default 0.</summary>
    [Range(0, 100)]
    public int Priority { get; init; }

    /// <summary>The DNS servers to ask, in order, as <c>ip</c> or <c>ip:port</c>. Default: those of the system, from <c>/etc/resolv.conf</c>.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long an answer is used at least, whatever its TTL; and how long after a failure the name is asked for again. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan MinimumInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer is used at most, whatever its TTL. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan MaximumInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one server may take to answer; it is asked twice. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether another finds the same in the same way.</summary>
    public bool IsSameAs(DnsDiscoveryOptions other) => this with { Servers = [] } == other with { Servers = [] } && Servers.SequenceEqual(other.Servers);
}

/// <summary>A service of Kubernetes: each of its pods that is ready is a destination, as its EndpointSlices say.</summary>
internal sealed record KubernetesDiscoveryOptions
{
    /// <summary>The name of the service.</summary>
    [Required]
    public string Service { get; init; } = "";

    /// <summary>Its namespace. Default: that of the pod that the proxy runs in.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name or the number of its port, as the pods have it. Default: the only one.</summary>
    public string? Port { get; init; }

    /// <summary>What is spoken to the destinations. Default <see cref="DestinationScheme.Http"/>.</summary>
    public DestinationScheme Scheme { get; init; } = DestinationScheme.Http;

    /// <summary>The <c>Host</c> header to send, instead of the one that the client sent.</summary>
    public string? Host { get; init; }

    /// <summary>The priority of the destinations. Default 0.</summary>
    [Range(0, 100)]
    public int Priority { get; init; }

    /// <summary>Where the API server is. Default: that of the cluster that the proxy runs in.</summary>
    public string? Url { get; init; }

    /// <summary>The file with the token for the API server; it is read again for each call. Default: that of the pod's service account, or none with a <see cref="Url"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A PEM file with the authorities that may vouch for the API server. Default: that of the pod's service account, or those of the machine with a <see cref="Url"/>.</summary>
    public CertificateAuthorities? CertificateAuthorities { get; init; }

    /// <summary>The longest pause between two tries while the API server cannot be asked. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan MaximumBackoff { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The records of a name that say who its destinations are.</summary>
public enum DnsRecord
{
    /// <summary>A and AAAA: addresses.</summary>
    Address,

    /// <summary>SRV (RFC 2782): names and ports, with priorities and weights.</summary>
    Srv,
}

/// <summary>The addresses that count.</summary>
public enum DnsFamily
{
    /// <summary>All. A server that has one of each kind is two destinations.</summary>
    Any,

    /// <summary>IPv4 only; AAAA is not asked for.</summary>
    IPv4,

    /// <summary>IPv6 only; A is not asked for.</summary>
    IPv6,
}

/// <summary>What is spoken to destinations that were found.</summary>
public enum DestinationScheme
{
    /// <summary>Plain text.</summary>
    Http,

    /// <summary>TLS.</summary>
    Https,
}
