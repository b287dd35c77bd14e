using System.Text;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The head of one attempt, at the moment when it goes on the wire. The platform's HTTP client asks for the encoding of each field
/// as it writes it, and lets nobody in between otherwise.
/// </summary>
internal sealed class RequestHead
{
    /// <summary>Where the message of the attempt has it.</summary>
    public static readonly HttpRequestOptionsKey<RequestHead> Option = new("lb.head");

    /// <summary>Whether the destination may have got it.</summary>
    public bool WasWritten { get; private set; }

    /// <summary>The encoding of a field. Throws when the client begins to repeat a request by itself.</summary>
    public static Encoding EncodingOf(string field, HttpRequestMessage request)
    {
        // Every request has this field once, and before those of its content.
        if (field.Equals(RequestId.Header, StringComparison.OrdinalIgnoreCase) && request.Options.TryGetValue(Option, out var head))
        {
            head.BeforeWriting(request);
        }

        return Encoding.Latin1;
    }

    private void BeforeWriting(HttpRequestMessage request)
    {
        if (WasWritten && !MayBeRepeatedByClient(request))
        {
            throw new IOException("The connection was closed without an answer.");
        }

        WasWritten = true;
        (request.Content as EmptyContent)?.BeforeHead();
    }

    // When a connection closes without an answer, the client sends the request again, up to three times, if it has sent nothing of the content.
    // Whether and where a request is repeated is for us to say. What the client repeats besides, over HTTP/2, the destination has said that it did not process.
    private static bool MayBeRepeatedByClient(HttpRequestMessage request) =>
        request.Content is not null && request.Headers.ExpectContinue is not true && !RetryPolicy.IsIdempotent(request.Method.Method);
}
