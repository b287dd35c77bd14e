using System.Net;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>The address of a destination of which an IP address and a port was found.</summary>
internal static class FoundAddress
{
    /// <summary>It as a URL.</summary>
    public static Uri Of(DestinationScheme scheme, IPEndPoint endPoint) => new($"{(scheme == DestinationScheme.Https ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{endPoint}");
}
