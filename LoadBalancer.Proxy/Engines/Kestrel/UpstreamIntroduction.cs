using System.Net;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// Tells destinations whose connections they get (PROXY protocol). The header belongs to the connection, so that connections are pooled by it:
/// one is used again for the requests of the same address and port of a client only.
/// </summary>
internal static class UpstreamIntroduction
{
    private const string Suffix = ".client";

    // As many letters as a part of a host may have (RFC 1035, 2.3.4), and an even number.
    private const int LongestLabel = 62;

    private static readonly HttpRequestOptionsKey<byte[]> Header = new("LoadBalancer.ProxyHeader");

    /// <summary>Notes with a request whose it is.</summary>
    /// <param name="message">The request to the destination.</param>
    /// <param name="client">The connection that it came on.</param>
    /// <param name="version">In which words destinations are told.</param>
    public static void Note(HttpRequestMessage message, ConnectionInfo client, ProxyProtocolVersion version) => message.Options.Set(
        Header, ClientHeader.Of(version, EndOf(client.RemoteIpAddress, client.RemotePort), EndOf(client.LocalIpAddress, client.LocalPort)));

    /// <summary>The header with which a connection for a request begins. Where nobody has noted whose it is, as with a probe, it is the proxy's own.</summary>
    public static byte[] Of(HttpRequestMessage message, ProxyProtocolVersion version) => message.Options.TryGetValue(Header, out var header) ? header : ClientHeader.OfProxy(version);

    /// <summary>The host by which the platform's HTTP client pools connections with this header. Nobody looks it up.</summary>
    public static string HostOf(byte[] header)
    {
        // Headers say themselves how long they are, so that those that differ do so before the zeros that the paths of sockets are.
        var digits = Convert.ToHexStringLower(header.AsSpan().TrimEnd((byte)0));
        return string.Join('.', digits.Chunk(LongestLabel).Select(label => new string(label))) + Suffix;
    }

    private static IPEndPoint? EndOf(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address, port);
}
