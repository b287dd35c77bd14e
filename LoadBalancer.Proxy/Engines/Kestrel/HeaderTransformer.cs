using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes the header fields of one attempt, in both directions, by the rules of <c>Http/</c>.</summary>
internal sealed class HeaderTransformer(
    Exchange exchange, Member destination, RequestHead head, TimeSpan? headTimeout, TimeProvider time, CancellationToken stopping) : HttpTransformer
{
    // The path and query of a request go on byte for byte; how the platform would write them is none of our business.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <inheritdoc />
    public override ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage message, string destinationPrefix, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var connection = request.Headers.Connection.ToString();
        foreach (var (name, values) in request.Headers)
        {
            if (!HopByHop.IsHopByHop(name) && !HopByHop.IsNamedBy(connection, name) && !name.StartsWith(':') && !IsWrittenAnew(name))
            {
                Add(message, name, values);
            }
        }

        WriteOwnFields(context, message);
        message.RequestUri = new Uri(destinationPrefix + OriginForm(context), AsWritten);
        message.Options.Set(RequestHead.Option, head);
        if (headTimeout is { } timeout)
        {
            message.Options.Set(AttemptHandler.HeadTimeout, timeout);
        }

        return default;
    }

    /// <inheritdoc />
    public override ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? message, CancellationToken cancellationToken)
    {
        if (message is null)
        {
            return new(false);
        }

        if (message.StatusCode == HttpStatusCode.SwitchingProtocols && !exchange.IsTunnel)
        {
            throw new InvalidDataException("The destination switched to a protocol that it was not asked for.");
        }

        if ((int)message.StatusCode < 100)
        {
            throw new InvalidDataException("The destination answered with a status that is none.");
        }

        // The HTTP client reads whatever ends in "chunked" as chunked and ignores other codings, which we can neither undo nor pass on (RFC 9112, 6.1).
        if (message.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var coding)
            && (message.Version == HttpVersion.Version10 || !TransferCoding.IsChunked(coding.ToString())))
        {
            throw new InvalidDataException("The destination framed its answer in a way that is not known here.");
        }

        exchange.BeginAnswer((int)message.StatusCode, time.GetTimestamp());
        var headers = context.Response.Headers;
        var connection = message.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var named) ? named.ToString() : "";
        Copy(message.Headers, headers, connection);
        Copy(message.Content.Headers, headers, connection);
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

        headers.Append(HeaderNames.Via, Via.Entry($"HTTP/{message.Version.ToString(message.Version.Major == 1 ? 2 : 1)}"));
        headers.TryAdd(RequestId.Header, exchange.RequestId);
        AnswerFlow.Begin(context, message);
        return new(true);
    }

    /// <inheritdoc />
    public override ValueTask TransformResponseTrailersAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken) =>
        AnswerFlow.EndAsync(context, message, cancellationToken);

    private static bool IsWrittenAnew(string name) =>
        name.Equals(RequestId.Header, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.Via, StringComparison.OrdinalIgnoreCase)
        || name.Equals(MaxForwards.Header, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.TraceParent, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.TraceState, StringComparison.OrdinalIgnoreCase)
        || ForwardedFields.Includes(name);

    private void WriteOwnFields(HttpContext context, HttpRequestMessage message)
    {
        var (request, headers) = (context.Request, message.Headers);
        if (destination.Host is { } host)
        {
            headers.Host = host;
        }

        if (HopByHop.TakesTrailers(request.Headers.TE.ToString()))
        {
            Add(message, HeaderNames.TE, "trailers");
        }

        Add(message, RequestId.Header, exchange.RequestId);
        Add(message, HeaderNames.Via, StringValues.Concat(request.Headers.Via, Via.Entry(request.Protocol)));
        if (context.Connection.RemoteIpAddress is { } client)
        {
            var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
            Add(message, ForwardedFields.For, StringValues.Concat(request.Headers[ForwardedFields.For], address.ToString()));
        }

        // These two say what the client asked of us. What a client claims here itself, nobody could believe.
        Add(message, ForwardedFields.Proto, request.Scheme);
        Add(message, ForwardedFields.Host, request.Host.HasValue ? request.Host.Value : StringValues.Empty);
        if (request.Headers[MaxForwards.Header] is [{ } left])
        {
            Add(message, MaxForwards.Header, HttpMethods.IsOptions(request.Method) ? MaxForwards.Decrement(left) : left);
        }

        var attempt = exchange.AttemptActivity;
        Add(message, HeaderNames.TraceParent, attempt?.Id ?? request.Headers.TraceParent);
        Add(message, HeaderNames.TraceState, attempt is null ? request.Headers.TraceState : attempt.TraceStateString);
    }

    private static void Add(HttpRequestMessage message, string name, StringValues values)
    {
        if (values.Count == 0)
        {
            return;
        }

        // The message keeps fields that describe content apart from the others, and knows by itself which they are.
        if (values.Count == 1)
        {
            if (!message.Headers.TryAddWithoutValidation(name, values[0]))
            {
                ContentOf(message).Headers.TryAddWithoutValidation(name, values[0]);
            }
        }
        else if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            ContentOf(message).Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static HttpContent ContentOf(HttpRequestMessage message)
    {
        if (message.Content is { } content)
        {
            return content;
        }

        if (!message.Options.TryGetValue(EmptyContent.Option, out var empty))
        {
            message.Options.Set(EmptyContent.Option, empty = new EmptyContent());
        }

        return empty;
    }

    private static void Copy(System.Net.Http.Headers.HttpHeaders from, IHeaderDictionary to, string connection)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (HopByHop.IsHopByHop(name) || HopByHop.IsNamedBy(connection, name))
            {
                continue;
            }

            StringValues copied = values.Count == 1 ? values.ToString() : values.ToArray();
            to[name] = to.TryGetValue(name, out var before) ? StringValues.Concat(before, copied) : copied;
        }
    }

    /// <summary>The path and query as the client wrote them (RFC 9110, 7.7; RFC 9112, 3.2.2).</summary>
    private static string OriginForm(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/'))
        {
            return target;
        }

        // The absolute form, as proxies get it: the path begins at the first slash after the authority.
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority > 0)
        {
            var path = target.AsSpan(authority + 3).IndexOfAny('/', '?');
            var rest = path < 0 ? "" : target[(authority + 3 + path)..];
            return rest.StartsWith('/') ? rest : "/" + rest;
        }

        return context.Request.Path + context.Request.QueryString;
    }
}
