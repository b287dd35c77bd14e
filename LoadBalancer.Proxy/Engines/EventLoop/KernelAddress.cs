using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Addresses as the kernel writes them (struct sockaddr_in and sockaddr_in6).</summary>
internal static class KernelAddress
{
    /// <summary>The most bytes that an address has.</summary>
    public const int MostLength = 28;

    /// <summary>The most bytes that the path of a socket has, with its family in front and a zero behind.</summary>
    public const int MostPathLength = 110;

    public const int Unix = 1;
    public const int IPv4 = 2;
    public const int IPv6 = 10;

    private const int IPv4Length = 16;

    /// <summary>Which family of sockets an address needs.</summary>
    public static int FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6;

    /// <summary>Writes an address.</summary>
    /// <returns>The bytes that it takes.</returns>
    public static ReadOnlySpan<byte> Write(Span<byte> to, IPAddress address, int port)
    {
        to.Clear();
        var family = (short)FamilyOf(address);
        MemoryMarshal.Write(to, in family);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)port);
        if (family == IPv4)
        {
            address.TryWriteBytes(to[4..], out _);
            return to[..IPv4Length];
        }

        address.TryWriteBytes(to[8..], out _);
        var scope = (uint)address.ScopeId;
        MemoryMarshal.Write(to[24..], in scope);
        return to[..MostLength];
    }

    /// <summary>Writes the path of a socket (struct sockaddr_un).</summary>
    /// <returns>The bytes that it takes.</returns>
    public static ReadOnlySpan<byte> Write(Span<byte> to, ReadOnlySpan<byte> path)
    {
        to.Clear();
        short family = Unix;
        MemoryMarshal.Write(to, in family);
        path.CopyTo(to[sizeof(short)..]);
        return to[..(sizeof(short) + path.Length + 1)];
    }

    /// <summary>Reads the port beside an address.</summary>
    public static int ReadPort(ReadOnlySpan<byte> from) => from.Length < IPv4Length ? 0 : BinaryPrimitives.ReadUInt16BigEndian(from[2..]);

    /// <summary>Reads an address. IPv4 is IPv4 also where it comes over IPv6.</summary>
    /// <returns>The address; null when it is of another family.</returns>
    public static IPAddress? Read(ReadOnlySpan<byte> from)
    {
        if (from.Length < IPv4Length)
        {
            return null;
        }

        switch (MemoryMarshal.Read<short>(from))
        {
            case IPv4:
                return new IPAddress(from[4..8]);
            case IPv6 when from.Length >= MostLength:
                var address = new IPAddress(from[8..24], MemoryMarshal.Read<uint>(from[24..]));
                return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            default:
                return null;
        }
    }
}
