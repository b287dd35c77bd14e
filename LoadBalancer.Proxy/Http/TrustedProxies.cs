using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Proxy.Http;

/// <summary>The proxies in front of this one whose word on where a request came from is taken, and with it the address of the client.</summary>
/// <param name="networks">Where they are.</param>
internal sealed class TrustedProxies(IReadOnlyList<IPNetwork> networks)
{
    /// <summary>Nobody is trusted.</summary>
    public static readonly TrustedProxies None = new([]);

    private readonly IPNetwork[] _networks = [.. networks];

    /// <summary>Reads a network, as <c>10.0.0.0/8</c>, or a single address.</summary>
    /// <returns>The network, or null when the text is none or has bits set beyond its prefix: it would trust others than it seems to.</returns>
    public static IPNetwork? TryParse(string text)
    {
        var slash = text.IndexOf('/');
        if (TryParseAddress(slash < 0 ? text : text[..slash]) is not { } address)
        {
            return null;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) && length <= bits))
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6 && length >= 96)
        {
            (address, length) = (address.MapToIPv4(), length - 96);
        }

        var network = new IPNetwork(address, length);
        return network.BaseAddress.Equals(address) ? network : null;
    }

    /// <summary>Reads an address as people write it. The platform also takes 1 for 0.0.0.1 and 010.0.0.1 for 8.0.0.1, and names of interfaces behind a %.</summary>
    public static IPAddress? TryParseAddress(ReadOnlySpan<char> text) =>
        !text.Contains('%') && !text.Contains('[') && IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || text.SequenceEqual(address.ToString()))
            ? address
            : null;

    /// <summary>An address as it is compared and told: an IPv4 address is one also where it comes over IPv6.</summary>
    public static IPAddress Fold(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether an address is one of theirs.</summary>
    public bool Includes(IPAddress address)
    {
        if (_networks.Length == 0)
        {
            return false;
        }

        address = Fold(address);
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The address of the client: going back from the connection, the first that is not trusted. Whoever stands before it may have been made up.</summary>
    /// <param name="peer">The other end of the connection.</param>
    /// <param name="hops">The addresses before it, as <see cref="ForwardedChain.Hops"/> gives them.</param>
    public IPAddress ClientOf(IPAddress peer, ReadOnlySpan<char> hops)
    {
        var client = Fold(peer);
        while (Includes(client) && !hops.IsEmpty)
        {
            var comma = hops.LastIndexOf(',');
            if (ParseHop(hops[(comma + 1)..].Trim(" \t")) is not { } hop)
            {
                break;
            }

            client = hop;
            hops = comma < 0 ? [] : hops[..comma];
        }

        return client;
    }

    /// <summary>The address in an entry of <c>X-Forwarded-For</c>, or the node of <c>Forwarded</c>: some write a port behind it.</summary>
    internal static IPAddress? ParseHop(ReadOnlySpan<char> entry)
    {
        if (entry.StartsWith('['))
        {
            var end = entry.IndexOf(']');
            return end > 0 && IsPort(entry[(end + 1)..]) && TryParseAddress(entry[1..end]) is { AddressFamily: AddressFamily.InterNetworkV6 } address ? Fold(address) : null;
        }

        var colon = entry.IndexOf(':');
        if (colon >= 0 && colon == entry.LastIndexOf(':'))
        {
            if (!IsPort(entry[colon..]))
            {
                return null;
            }

            entry = entry[..colon];
        }

        return TryParseAddress(entry) is { } found ? Fold(found) : null;
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty || (text[0] == ':' && ushort.TryParse(text[1..], System.Globalization.NumberStyles.None, null, out _));
}
