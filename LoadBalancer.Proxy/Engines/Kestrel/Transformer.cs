using System.Net.Http.Headers;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What the forwarder asks when it makes the request, and when it passes the answer on.</summary>
/// <param name="exchange">The request.</param>
/// <param name="trusted">The proxies whose word on where it came from is passed on.</param>
/// <param name="stopping">Is cancelled when the proxy begins to stop.</param>
internal class Transformer(Exchange exchange, TrustedProxies trusted, CancellationToken stopping) : HttpTransformer
{
    /// <summary>Stands for the destination until an attempt has one.</summary>
    public const string Prefix = "http://destination";

    /// <summary>The same as a URI.</summary>
    protected static readonly Uri Placeholder = new(Prefix);

    /// <inheritdoc />
    public override ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage message, string destinationPrefix, CancellationToken cancellationToken)
    {
        exchange.ContentFields = RequestFields.Write(context, message, exchange.RequestId, trusted);
        message.RequestUri = Placeholder;
        return default;
    }

    /// <inheritdoc />
    public override ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? message, CancellationToken cancellationToken)
    {
        if (message is null || ReferenceEquals(message, Exchange.Refused))
        {
            return new(false);
        }

        Pass(context, message, null);
        Finish(context, message);
        return new(true);
    }

    /// <summary>Writes the fields of the destination that go on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="message">The answer.</param>
    /// <param name="passes">Which of them do, by a route's transforms; null for all.</param>
    protected static void Pass(HttpContext context, HttpResponseMessage message, Predicate<string>? passes)
    {
        var headers = context.Response.Headers;
        var named = new NamedByConnection(message.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection) ? connection.ToString() : "");
        Copy(message.Headers, headers, named, passes);
        Copy(message.Content.Headers, headers, named, passes);
    }

    /// <summary>Writes what is the proxy's own, and begins the answer.</summary>
    protected void Finish(HttpContext context, HttpResponseMessage message)
    {
        var headers = context.Response.Headers;
        var fields = message.Headers.NonValidated;
        if (message.Headers.TransferEncodingChunked is true || (int)message.StatusCode is < 200 or 204)
        {
            // Chunked framing wins over a length, and some answers have neither (RFC 9112, 6.3).
            headers.ContentLength = null;
        }

        if (message.ReasonPhrase is { } reason && reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // What the web server cannot write as it came. No client needs it (RFC 9112, 4).
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        }

        if (stopping.IsCancellationRequested && !exchange.IsTunnel)
        {
            // The web server says so too, but only from the moment when it has told its connections.
            headers.Connection = "close";
        }

        var entry = FieldValues.ViaEntry(message.Version);
        headers.Via = fields.TryGetValues(HeaderNames.Via, out var via) ? StringValues.Concat(Lines(via), entry) : entry;
        headers.TryAdd(RequestId.Header, exchange.RequestId);
        exchange.WriteSession(headers, trusted);
        if (!AnswerJudge.OpensTunnel(message))
        {
            if (exchange.Route?.Compression is { } compression && AnswerCompression.Begin(context, compression) is { } coding)
            {
                message.Content = new CompressedContent(message.Content, coding);
            }

            AnswerFlow.Begin(exchange, message);
        }
        else
        {
            exchange.FollowTunnel(message);
        }
    }

    /// <inheritdoc />
    public override async ValueTask TransformResponseTrailersAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        if (exchange.IsBroken)
        {
            // Whatever the forwarder does about it would make the answer look whole, or lose what the client has got of it.
            throw new AnswerBrokenException();
        }

        await AnswerFlow.EndAsync(context, message, cancellationToken);
        exchange.Complete();
    }

    private static void Copy(HttpHeaders from, IHeaderDictionary to, NamedByConnection named, Predicate<string>? passes)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (named.InAnswer(name) == FieldFate.Pass && passes?.Invoke(name) != false)
            {
                to[name] = to.TryGetValue(name, out var before) ? StringValues.Concat(before, Lines(values)) : Lines(values);
            }
        }
    }

    private static StringValues Lines(HeaderStringValues values) => values.Count == 1 ? values.ToString() : values.ToArray();
}

/// <summary>The answer of the destination broke off. It gets out of the forwarder by this, and no further than to <see cref="ProxyHandler"/>.</summary>
internal sealed class AnswerBrokenException() : Exception("The answer of the destination broke off.");
