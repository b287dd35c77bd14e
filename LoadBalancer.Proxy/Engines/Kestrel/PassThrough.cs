using System.Net;
using System.Text;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The platform's HTTP client, held to what a proxy may do.</summary>
internal static class PassThrough
{
    /// <summary>A handler that passes on what it gets: it follows nothing, stores nothing, unpacks nothing, adds nothing.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,

        // One byte a character: whatever bytes a field value has, they go through (RFC 9110, 5.5).
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,

        // Trace context is written with the other header fields; the handler must not write it a second time.
        ActivityHeadersPropagator = null,
    };
}
