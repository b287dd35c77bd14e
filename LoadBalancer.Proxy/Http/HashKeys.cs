using System.Buffers;
using System.IO.Hashing;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>
/// The keys by which requests are told apart for consistent hashing: XxHash64 with seed 0 over bytes, so that every engine and every proxy has the same.
/// Text is Latin-1, as it is on the wire. What is empty is no key.
/// </summary>
internal static class HashKeys
{
    private const int MostOnStack = 512;
    private const int IPv4Length = 4;
    private const int IPv6NetworkLength = 8;

    private static ReadOnlySpan<byte> IPv4InIPv6 => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    /// <summary>The key of an address, given by its 4 or 16 bytes. An IPv4 address has the same key where it comes over IPv6.</summary>
    public static ulong? OfAddress(ReadOnlySpan<byte> address) =>
        address.IsEmpty ? null : XxHash64.HashToUInt64(address.StartsWith(IPv4InIPv6) ? address[^IPv4Length..] : address);

    /// <summary>The key of the network that one client has for itself: its IPv4 address, or the first 64 bits of its IPv6 address (RFC 6177).</summary>
    public static ulong? OfNetwork(ReadOnlySpan<byte> address) =>
        OfAddress(address.Length > IPv4Length && !address.StartsWith(IPv4InIPv6) ? address[..IPv6NetworkLength] : address);

    /// <summary>The key of the value of a field.</summary>
    public static ulong? OfText(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        var rented = text.Length > MostOnStack ? ArrayPool<byte>.Shared.Rent(text.Length) : null;
        var bytes = rented ?? stackalloc byte[MostOnStack];
        var key = XxHash64.HashToUInt64(bytes[..Encoding.Latin1.GetBytes(text, bytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return key;
    }

    /// <summary>The key of a cookie (RFC 6265, 5.4) in a line of the field <c>Cookie</c>: of the first of this name. Case counts.</summary>
    public static ulong? OfCookie(ReadOnlySpan<char> line, ReadOnlySpan<char> name) => OfText(ValuesOf.First(line, ';', name));

    /// <summary>The key of a parameter in the query of a target, as it is written: of the first of this name. Case counts, and what is percent-encoded stays so.</summary>
    public static ulong? OfQuery(ReadOnlySpan<char> target, ReadOnlySpan<char> name)
    {
        var query = target.IndexOf('?');
        return query < 0 ? null : OfText(ValuesOf.First(target[(query + 1)..], '&', name));
    }

    /// <summary>The key of the path of a target, as it is written.</summary>
    public static ulong? OfPath(ReadOnlySpan<char> target)
    {
        var path = TargetPath.PathAndQuery(target);
        var query = path.IndexOf('?');
        path = query < 0 ? path : path[..query];
        return OfText(path.IsEmpty ? "/" : path);
    }
}
