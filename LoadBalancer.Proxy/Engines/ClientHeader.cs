using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines;

/// <summary>The header of the PROXY protocol with which connections to destinations begin.</summary>
internal static class ClientHeader
{
    /// <summary>That of connections for a client.</summary>
    /// <param name="version">In which words.</param>
    /// <param name="source">Its end of its connection; null where it has no address, as over a Unix-domain socket.</param>
    /// <param name="destination">The proxy's end of it.</param>
    public static byte[] Of(ProxyProtocolVersion version, IPEndPoint? source, IPEndPoint? destination) => (version, source, destination) switch
    {
        (ProxyProtocolVersion.V1, { } from, { } to) => ProxyHeaderWriter.Line(from, to),
        (ProxyProtocolVersion.V1, _, _) => ProxyHeaderWriter.UnknownLine,
        (_, { } from, { } to) => ProxyHeaderWriter.Block(from, to),
        _ => ProxyHeaderWriter.UnixClientBlock,
    };

    /// <summary>That of connections that the proxy makes for itself.</summary>
    public static byte[] OfProxy(ProxyProtocolVersion version) => version == ProxyProtocolVersion.V1 ? ProxyHeaderWriter.UnknownLine : ProxyHeaderWriter.LocalBlock;
}
