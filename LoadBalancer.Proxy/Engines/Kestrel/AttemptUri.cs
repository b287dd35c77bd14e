using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// Where one attempt goes, and whether its head has been written. The platform's HTTP client asks for the encoding of each field as it
/// writes it, and lets nobody in between otherwise; the URI is what it hands back of the attempt.
/// </summary>
internal sealed class AttemptUri : Uri
{
    // The path and query of a request go on byte for byte; how the platform would write them is none of our business.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly AttemptUri _attempt;
    private volatile bool _headWasWritten;

    private readonly TimeProvider? _clock;

    /// <param name="target">Where it goes.</param>
    /// <param name="clock">The clock, where it matters when the head was written.</param>
    public AttemptUri(string target, TimeProvider? clock = null) : this(target, attempt: null) => _clock = clock;

    private AttemptUri(string target, AttemptUri? attempt) : base(target, AsWritten) => _attempt = attempt ?? this;

    /// <summary>When the head was written first, in monotonic ticks of 100 ns: the connection was there then. Null where nobody looked at the clock.</summary>
    public long? HeadWrittenAt { get; private set; }

    /// <summary>Whether the destination may have got the head.</summary>
    public bool HeadWasWritten => _attempt._headWasWritten;

    /// <summary>The same path and query elsewhere, of the same attempt if it is one.</summary>
    /// <param name="uri">Where it was to go.</param>
    /// <param name="prefix">Scheme, host and port of where it is to go.</param>
    public static AttemptUri Moved(Uri uri, string prefix) => new(prefix + uri.PathAndQuery, (uri as AttemptUri)?._attempt);

    /// <summary>The encoding of a field. Throws when the client begins to repeat a request by itself.</summary>
    public static Encoding EncodingOf(string field, HttpRequestMessage request)
    {
        // Every request has this field once, and before those of its content.
        if (field.Equals(RequestId.Header, StringComparison.OrdinalIgnoreCase) && request.RequestUri is AttemptUri attempt)
        {
            attempt._attempt.BeforeWriting(request);
        }

        return Encoding.Latin1;
    }

    private void BeforeWriting(HttpRequestMessage request)
    {
        if (_headWasWritten && !MayBeRepeatedByClient(request))
        {
            throw new IOException("The connection was closed without an answer.");
        }

        HeadWrittenAt ??= _clock?.MonotonicTicks();
        _headWasWritten = true;
        (request.Content as EmptyContent)?.BeforeHead();
    }

    // When a connection closes without an answer, the client sends the request again, up to three times, if it has sent nothing of the content.
    // Whether and where a request is repeated is for us to say. What the client repeats besides, over HTTP/2, the destination has said that it did not process.
    private static bool MayBeRepeatedByClient(HttpRequestMessage request) =>
        request.Content is not null && request.Headers.ExpectContinue is not true && !RetryPolicy.IsIdempotent(request.Method.Method);
}
