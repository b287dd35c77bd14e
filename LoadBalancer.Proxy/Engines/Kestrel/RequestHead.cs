using System.Text;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The moment when the head of a request goes on the wire. The platform's HTTP client asks for the encoding of each field as it writes it,
/// and lets nobody in between otherwise.
/// </summary>
internal static class RequestHead
{
    private static readonly HttpRequestOptionsKey<bool> WasWritten = new("lb.head-was-written");

    /// <summary>The encoding of a field. Throws when the client begins to repeat a request by itself.</summary>
    public static Encoding EncodingOf(string field, HttpRequestMessage request)
    {
        // Every request has this field once, and before those of its content.
        if (field.Equals(RequestId.Header, StringComparison.OrdinalIgnoreCase))
        {
            OnWriting(request);
        }

        return Encoding.Latin1;
    }

    private static void OnWriting(HttpRequestMessage request)
    {
        (request.Content as EmptyContent)?.BeforeHead();

        // When a connection closes without an answer, the client sends the request again, up to three times, if it has sent nothing of the content.
        // Whether and where a request is repeated is for us to say. What it repeats besides, over HTTP/2, the destination has said that it did not process.
        if (request.Content is not null && request.Headers.ExpectContinue is not true && !RetryPolicy.IsIdempotent(request.Method.Method))
        {
            return;
        }

        if (request.Options.TryGetValue(WasWritten, out _))
        {
            throw new IOException("The connection was closed without an answer.");
        }

        request.Options.Set(WasWritten, true);
    }
}
