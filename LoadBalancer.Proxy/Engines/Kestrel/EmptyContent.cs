using LoadBalancer.Proxy.Resilience;
using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The content of a request without a body. The platform's HTTP client keeps fields that describe content nowhere else.</summary>
internal sealed class EmptyContent : HttpContent
{
    private bool _hidesLength;

    /// <summary>The content for one attempt; null where the request is better off without one.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="fields">The fields of the request that describe content, or null when it has none.</param>
    public static EmptyContent? For(HttpMethod method, EmptyContent? fields)
    {
        if (fields is null && !WantsContent(method))
        {
            return null;
        }

        // Once it was sent, a content takes itself to have no length.
        var content = new EmptyContent();
        content.TakeFieldsOf(fields);
        content._hidesLength = method.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS" && !content.Headers.NonValidated.Contains(HeaderNames.ContentLength);
        return content;
    }

    /// <summary>
    /// Takes out the length that the client has put in to know that it need not frame the content: the request says that its content is empty
    /// as the client's did, but methods that want content say so always (RFC 9110, 8.6). The fields of the content are not written yet.
    /// </summary>
    public void BeforeHead()
    {
        if (_hidesLength)
        {
            Headers.Remove(HeaderNames.ContentLength);
        }
    }

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => Task.CompletedTask;

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return true;
    }

    // When a connection closes without an answer, the client sends a request without content once more by itself.
    // A POST may have reached the destination. With content, however empty, the client leaves the matter to us.
    private static bool WantsContent(HttpMethod method) => method != HttpMethod.Connect && !RetryPolicy.IsIdempotent(method.Method);
}

/// <summary>What contents have in common.</summary>
internal static class Contents
{
    /// <summary>Takes over the fields of another content as they are.</summary>
    public static void TakeFieldsOf(this HttpContent content, HttpContent? other)
    {
        if (other is null)
        {
            return;
        }

        foreach (var (name, values) in other.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }
    }
}
