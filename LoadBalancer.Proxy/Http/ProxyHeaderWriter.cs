using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>Writes what <see cref="ProxyHeader"/> reads: the header by which the other side is told whose connection it gets.</summary>
internal static class ProxyHeaderWriter
{
    private const byte Local = 0x20, Proxy = 0x21;
    private const byte Unspecified = 0x00, TcpOverIPv4 = 0x11, TcpOverIPv6 = 0x21, UnixStream = 0x31;
    private const int FixedLength = 16;

    // Two paths of 108 bytes. A client of a socket has none, and that of the listener is no business of the destination.
    private const int UnixBlock = 216;

    /// <summary>Version 1 for a connection that the proxy makes for itself, and for one whose client has no address.</summary>
    public static byte[] UnknownLine { get; } = "PROXY UNKNOWN\r\n"u8.ToArray();

    /// <summary>Version 2 for a connection that the proxy makes for itself.</summary>
    public static byte[] LocalBlock { get; } = Block(Local, Unspecified, 0);

    /// <summary>Version 2 for a client on this machine, over a Unix-domain socket.</summary>
    public static byte[] UnixClientBlock { get; } = Block(Proxy, UnixStream, UnixBlock);

    /// <summary>Version 1, a line of text.</summary>
    /// <param name="source">Whose connection it is.</param>
    /// <param name="destination">The address that the client connected to.</param>
    public static byte[] Line(IPEndPoint source, IPEndPoint destination)
    {
        var (from, to) = OfOneFamily(source.Address, destination.Address);
        var family = from.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"PROXY {family} {from} {to} {source.Port} {destination.Port}\r\n"));
    }

    /// <summary>Version 2, a block of bytes.</summary>
    /// <inheritdoc cref="Line" />
    public static byte[] Block(IPEndPoint source, IPEndPoint destination)
    {
        var (from, to) = OfOneFamily(source.Address, destination.Address);
        var (family, size) = from.AddressFamily == AddressFamily.InterNetwork ? (TcpOverIPv4, 4) : (TcpOverIPv6, 16);
        var header = Block(Proxy, family, (2 * size) + (2 * sizeof(ushort)));
        var rest = header.AsSpan(FixedLength);
        from.TryWriteBytes(rest, out _);
        to.TryWriteBytes(rest[size..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(rest[(2 * size)..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(rest[((2 * size) + sizeof(ushort))..], (ushort)destination.Port);
        return header;
    }

    private static byte[] Block(byte command, byte family, int size)
    {
        var header = new byte[FixedLength + size];
        ProxyHeader.Signature.CopyTo(header);
        (header[12], header[13]) = (command, family);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)size);
        return header;
    }

    // A header has addresses of one family. Where a proxy in front names a client of the other one, IPv4 is written as IPv6.
    private static (IPAddress Source, IPAddress Destination) OfOneFamily(IPAddress source, IPAddress destination)
    {
        (source, destination) = (WithoutScope(TrustedProxies.Fold(source)), WithoutScope(TrustedProxies.Fold(destination)));
        return source.AddressFamily == destination.AddressFamily ? (source, destination) : (source.MapToIPv6(), destination.MapToIPv6());
    }

    // The interface of a link-local address means nothing on another machine, and its name is no part of the line.
    private static IPAddress WithoutScope(IPAddress address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;
}
