using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines;

/// <summary>An address that is listened on.</summary>
/// <param name="Path">Where the configuration names it.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Engine">What serves it.</param>
internal sealed record Listener(string Path, ListenAddress Address, EngineKind Engine = EngineKind.Kestrel)
{
    public Listener(string path, string url)
        : this(path, ListenAddress.Parse(url).Address ?? throw new ArgumentException($"'{url}' should have been refused.", nameof(url)))
    {
    }

    /// <summary>TLS of it; null where clients speak plain text.</summary>
    public ListenerTls? Tls { get; init; }

    /// <summary>The mode of the file of a Unix-domain socket; null for the one that it is made with.</summary>
    public UnixFileMode? SocketMode { get; init; }

    /// <summary>The versions of HTTP that it speaks.</summary>
    public ListenerProtocols Protocols { get; init; } = ListenerProtocols.Http1;

    /// <summary>The proxies whose connections begin with a header of the PROXY protocol; null where there are none.</summary>
    public TrustedProxies? ProxyProtocol { get; init; }

    /// <summary>
    /// Its name, by which it stays the same over reloads. It is that of the address, so that a listener at its old address and the one at its new
    /// are two, both open for a while. Only where the system chooses the port, the configuration's name tells one from the other.
    /// </summary>
    public string Name => $"{Address}{(Address.Port == 0 && Address.UnixPath is null ? $" {Path}" : "")}";

    /// <summary>Whether it is at the same address, whatever serves it.</summary>
    public bool IsSameAs(Listener other) => Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>An address that a running proxy listens on.</summary>
/// <param name="Address">The URL, with the port that the system chose where it was asked to.</param>
/// <param name="Engine">What serves it.</param>
internal sealed record ServedAddress(string Address, EngineKind Engine);
