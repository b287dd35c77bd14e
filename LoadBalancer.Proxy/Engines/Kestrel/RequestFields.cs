using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes the header fields of a request, by the rules of <c>Http/</c>: those that all attempts have in common, and those of each.</summary>
internal static class RequestFields
{
    /// <summary>Writes the fields that do not depend on the destination.</summary>
    /// <param name="context">The request.</param>
    /// <param name="message">What is sent of it.</param>
    /// <param name="requestId">Its id.</param>
    /// <param name="trusted">The proxies whose word on where it came from is passed on.</param>
    /// <returns>The fields that describe the content of a request without a body; null when there are none.</returns>
    public static EmptyContent? Write(HttpContext context, HttpRequestMessage message, string requestId, TrustedProxies trusted)
    {
        var request = context.Request;
        EmptyContent? contentFields = null;
        var named = new NamedByConnection(request.Headers.Connection.ToString());
        foreach (var (name, values) in request.Headers)
        {
            if (named.InRequest(name) == FieldFate.Pass)
            {
                Add(message, name, values, ref contentFields);
            }
        }

        if (FieldValues.TakesTrailers(request.Headers.TE.ToString()))
        {
            Add(message, HeaderNames.TE, "trailers");
        }

        Add(message, RequestId.Header, requestId);
        Add(message, HeaderNames.Via, StringValues.Concat(request.Headers.Via, FieldValues.ViaEntry(request.Protocol)));
        WriteForwarded(context, message, trusted);
        if (request.Headers.MaxForwards is [{ } left])
        {
            Add(message, HeaderNames.MaxForwards, HttpMethods.IsOptions(request.Method) ? FieldValues.Decrement(left) : left);
        }

        return contentFields;
    }

    /// <summary>Writes the fields of one attempt over those of the last.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="request">The request of the client.</param>
    /// <param name="member">Where it is sent.</param>
    /// <param name="attempt">The span of the attempt, or null when nobody listens.</param>
    public static void WriteAttempt(HttpRequestMessage message, HttpRequest request, Member member, Activity? attempt)
    {
        // The client sets this when a content has no length, and does not take it back for one that has.
        message.Headers.TransferEncodingChunked = null;
        if (member.Host is { } host)
        {
            message.Headers.Host = host;
        }
        else if (!message.Headers.NonValidated.TryGetValues(HeaderNames.Host, out var written) || written.ToString() != request.Headers.Host.ToString())
        {
            Replace(message, HeaderNames.Host, request.Headers.Host);
        }

        Replace(message, HeaderNames.TraceParent, attempt?.Id ?? request.Headers.TraceParent);
        Replace(message, HeaderNames.TraceState, attempt is null ? request.Headers.TraceState : attempt.TraceStateString);
    }

    /// <summary>The address of the client of a request.</summary>
    public static System.Net.IPAddress? ClientOf(HttpContext context, TrustedProxies trusted) => context.Connection.RemoteIpAddress is not { } peer ? null
        : trusted.Includes(peer) ? trusted.ClientOf(peer, ForwardedChain.Hops(Received(context.Request.Headers)))
        : TrustedProxies.Fold(peer);

    /// <summary>The scheme that the client of a request used.</summary>
    public static string SchemeOf(HttpContext context, TrustedProxies trusted) => context.Connection.RemoteIpAddress is { } peer && trusted.Includes(peer)
        ? ForwardedChain.Of(peer, isTrusted: true, context.Request.Scheme, null, Received(context.Request.Headers)).ClientScheme
        : context.Request.Scheme;

    private static ForwardedChain ChainOf(HttpContext context, TrustedProxies trusted)
    {
        var (request, peer) = (context.Request, context.Connection.RemoteIpAddress);
        var isTrusted = peer is not null && trusted.Includes(peer);
        return ForwardedChain.Of(peer, isTrusted, request.Scheme, request.Host.HasValue ? request.Host.Value : null, isTrusted ? Received(request.Headers) : default);
    }

    private static void WriteForwarded(HttpContext context, HttpRequestMessage message, TrustedProxies trusted)
    {
        var chain = ChainOf(context, trusted);
        Add(message, FieldTable.ForwardedFor, chain.For);
        Add(message, FieldTable.ForwardedProto, chain.Proto);
        Add(message, FieldTable.ForwardedHost, chain.Host);
        Add(message, FieldTable.ForwardedPrefix, chain.Prefix);
        Add(message, FieldTable.Forwarded, chain.Forwarded);
    }

    private static ReceivedForwarded Received(IHeaderDictionary headers) => new(
        headers[FieldTable.ForwardedFor].ToString(),
        headers[FieldTable.ForwardedProto].ToString(),
        headers[FieldTable.ForwardedHost].ToString(),
        headers[FieldTable.ForwardedPrefix].ToString(),
        headers[FieldTable.Forwarded].ToString());

    private static void Replace(HttpRequestMessage message, string name, StringValues values)
    {
        message.Headers.Remove(name);
        Add(message, name, values);
    }

    // For names that are known not to describe content.
    private static void Add(HttpRequestMessage message, string name, StringValues values)
    {
        EmptyContent? none = null;
        Add(message, name, values, ref none);
    }

    private static void Add(HttpRequestMessage message, string name, StringValues values, ref EmptyContent? contentFields)
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
                (message.Content ?? (contentFields ??= new EmptyContent())).Headers.TryAddWithoutValidation(name, values[0]);
            }
        }
        else if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            (message.Content ?? (contentFields ??= new EmptyContent())).Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }
}
