using System.Net;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What destinations are told of a client's connection, where the PROXY protocol tells them.</summary>
internal sealed partial class DownstreamConnection
{
    private byte[]? _line;
    private byte[]? _block;

    /// <summary>The header of connections that are made for its requests. Always the same array, so that these connections are known by it.</summary>
    public byte[] HeaderOf(ProxyProtocolVersion version) => version == ProxyProtocolVersion.V1 ? _line ??= WriteHeader(version) : _block ??= WriteHeader(version);

    // Copied, since those that name nobody are one array for all.
    private byte[] WriteHeader(ProxyProtocolVersion version)
    {
        Span<byte> own = stackalloc byte[KernelAddress.MostLength];
        own = own[..Syscalls.LocalAddress(Descriptor, own)];
        var source = Client.Address is { } from ? new IPEndPoint(from, Client.Port) : null;
        var destination = KernelAddress.Read(own) is { } to ? new IPEndPoint(to, KernelAddress.ReadPort(own)) : null;
        return [.. ClientHeader.Of(version, source, destination)];
    }
}
