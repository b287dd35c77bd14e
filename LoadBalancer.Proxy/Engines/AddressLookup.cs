using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Proxy.Engines;

/// <summary>Looks up the addresses of a name, the preferred one first.</summary>
internal delegate Task<IPAddress[]> NameLookup(string host, CancellationToken cancellationToken);

/// <summary>The addresses of a host, in the order in which they are tried ("happy eyeballs", RFC 8305): IPv6 and IPv4 in turn.</summary>
/// <param name="lookUp">Looks up names.</param>
internal sealed class AddressLookup(NameLookup lookUp)
{
    /// <summary>How long an attempt is alone before the next one starts beside it (RFC 8305, 5).</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks up the addresses of a host; an IP address is its own.</summary>
    /// <exception cref="SocketException">The name is unknown, or cannot be looked up now.</exception>
    public async ValueTask<IPAddress[]> OfAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        var addresses = await lookUp(host, cancellationToken);
        return addresses.Length > 0 ? Interleave(addresses) : throw new SocketException((int)SocketError.HostNotFound);
    }

    // The families take turns, beginning with that of the preferred address (RFC 8305, 4).
    private static IPAddress[] Interleave(IPAddress[] addresses)
    {
        var first = addresses[0].AddressFamily;
        var preferred = addresses.Where(address => address.AddressFamily == first).ToArray();
        var others = addresses.Where(address => address.AddressFamily != first).ToArray();
        return [.. Enumerable.Range(0, Math.Max(preferred.Length, others.Length)).SelectMany(i => preferred.Skip(i).Take(1).Concat(others.Skip(i).Take(1)))];
    }
}
