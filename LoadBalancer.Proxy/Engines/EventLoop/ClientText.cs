using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The other end of a client's connection, as requests tell of it: made when it is accepted, and kept with it.</summary>
/// <param name="peer">Its address; null when it has none.</param>
/// <param name="port">Its port.</param>
internal sealed class ClientText(IPAddress? peer, int port = 0)
{
    /// <summary>Its address; an IPv4 one also where it comes over IPv6.</summary>
    public IPAddress? Address { get; } = peer is null ? null : TrustedProxies.Fold(peer);

    /// <summary>Its port; 0 when it has none.</summary>
    public int Port => port;

    /// <summary>The address as bytes; empty when it has none.</summary>
    public byte[] Bytes { get; } = peer is null ? [] : System.Text.Encoding.ASCII.GetBytes(TrustedProxies.Fold(peer).ToString());
}
