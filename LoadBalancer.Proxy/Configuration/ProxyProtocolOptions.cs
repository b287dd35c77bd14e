using System.ComponentModel.DataAnnotations;
using System.Net;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The proxies in front of a listener that say by the PROXY protocol whose connections they pass on.</summary>
internal sealed record ProxyProtocolOptions
{
    /// <summary>
    /// Where they are, as networks or single addresses. Each connection from there must begin with the header of that protocol, version 1 or 2;
    /// nobody else's may, for it would let anyone choose his address.
    /// </summary>
    [Required]
    public IReadOnlyList<IPNetwork>? From { get; init; }
}
