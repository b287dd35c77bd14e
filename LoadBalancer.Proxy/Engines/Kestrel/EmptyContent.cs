using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The content of a request without a body. The platform's HTTP client keeps fields that describe content nowhere else.</summary>
internal sealed class EmptyContent : HttpContent
{
    /// <summary>The content that <see cref="AttemptHandler"/> gives the message; before, the forwarder would not have it.</summary>
    public static readonly HttpRequestOptionsKey<EmptyContent> Option = new("lb.empty-content");

    private bool _hidesLength;

    /// <summary>Settles whether the request says that its content is empty: as the client did, but methods that want content say so always (RFC 9110, 8.6).</summary>
    public void SettleLength(string method) =>
        _hidesLength = method is "GET" or "HEAD" or "DELETE" or "OPTIONS" && !Headers.NonValidated.Contains(HeaderNames.ContentLength);

    /// <summary>Takes out the length that the client has put in to know that it need not frame the content. The fields of the content are not written yet.</summary>
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
}
