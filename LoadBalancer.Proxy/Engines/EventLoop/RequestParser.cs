using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Reads the heads of requests, strictly (RFC 9112): what two readers might take for two different requests is refused.</summary>
internal static class RequestParser
{
    /// <summary>Reads on.</summary>
    /// <param name="bytes">All that has arrived since the end of the message before: the bytes of the last call, and more. Bytes after the head are left alone.</param>
    /// <param name="head">Reset before the first call for a head, and then the same until it is not Incomplete any more.</param>
    /// <param name="limits">How long a head may be.</param>
    public static ParseStatus Parse(ReadOnlySpan<byte> bytes, RequestHead head, LimitOptions limits) => throw new NotImplementedException();
}
