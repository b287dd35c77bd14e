using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The moment when the head of a request goes on the wire. The platform's HTTP client asks for the encoding of each field as it writes it,
/// and lets nobody in between otherwise.
/// </summary>
internal static class RequestHead
{
    /// <summary>The encoding of a field.</summary>
    public static Encoding EncodingOf(string field, HttpRequestMessage request)
    {
        // Every request has this field once, and before those of its content.
        if (field.Equals(RequestId.Header, StringComparison.OrdinalIgnoreCase))
        {
            (request.Content as EmptyContent)?.BeforeHead();
        }

        return Encoding.Latin1;
    }
}
