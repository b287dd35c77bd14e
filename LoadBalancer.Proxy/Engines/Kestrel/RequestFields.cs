using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
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
        var contentFields = Pass(context.Request, message, null);
        WriteOwn(context, message, requestId);
        WriteForwarded(context, message, trusted);
        return contentFields;
    }

    /// <summary>Writes the fields of the client that go on.</summary>
    /// <param name="request">The request of the client.</param>
    /// <param name="message">What is sent of it.</param>
    /// <param name="passes">Which of them do, by a route's transforms; null for all.</param>
    /// <returns>The fields that describe the content of a request without a body; null when there are none.</returns>
    public static EmptyContent? Pass(HttpRequest request, HttpRequestMessage message, Predicate<string>? passes)
    {
        EmptyContent? contentFields = null;
        var named = new NamedByConnection(request.Headers.Connection.ToString());
        foreach (var (name, values) in request.Headers)
        {
            if (named.InRequest(name) == FieldFate.Pass && passes?.Invoke(name) != false)
            {
                Add(message, name, values, ref contentFields);
            }
        }

        return contentFields;
    }

    /// <summary>Writes the fields that are the proxy's own.</summary>
    public static void WriteOwn(HttpContext context, HttpRequestMessage message, string requestId)
    {
        var request = context.Request;
        if (FieldValues.TakesTrailers(request.Headers.TE.ToString()))
        {
            Add(message, HeaderNames.TE, "trailers");
        }

        Add(message, RequestId.Header, requestId);
        Add(message, HeaderNames.Via, StringValues.Concat(request.Headers.Via, FieldValues.ViaEntry(request.Protocol)));
        if (request.Headers.MaxForwards is [{ } left])
        {
            Add(message, HeaderNames.MaxForwards, HttpMethods.IsOptions(request.Method) ? FieldValues.Decrement(left) : left);
        }
    }

    /// <summary>Writes the fields of one attempt over those of the last.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="request">The request of the client.</param>
    /// <param name="member">Where it is sent.</param>
    /// <param name="attempt">The span of the attempt, or null when nobody listens.</param>
    /// <param name="fixedHost">The <c>Host</c> to send whatever the member says; empty for that of its address, null where no transform says anything of it.</param>
    public static void WriteAttempt(HttpRequestMessage message, HttpRequest request, Member member, Activity? attempt, string? fixedHost = null)
    {
        // The client sets this when a content has no length, and does not take it back for one that has.
        message.Headers.TransferEncodingChunked = null;
        if (fixedHost is { Length: > 0 })
        {
            Replace(message, HeaderNames.Host, fixedHost);
        }
        else if (member.Host is { } host)
        {
            message.Headers.Host = host;
        }
        else if (fixedHost is not null)
        {
            message.Headers.Host = DestinationAddress.HostOf(member.Definition.Address);
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

    /// <summary>Writes what trusted proxies said of where the request came from, and nothing of this one.</summary>
    public static void PassForwarded(HttpContext context, HttpRequestMessage message, TrustedProxies trusted)
    {
        if (context.Connection.RemoteIpAddress is not { } peer || !trusted.Includes(peer))
        {
            return;
        }

        var received = Received(context.Request.Headers);
        var chain = ForwardedChain.Of(peer, isTrusted: true, context.Request.Scheme, null, received);
        Pass(FieldTable.ForwardedFor, ForwardedChain.Hops(received));
        Pass(FieldTable.ForwardedProto, received.Proto.Length > 0 ? chain.Proto : null);
        Pass(FieldTable.ForwardedHost, received.Host.Length > 0 ? chain.Host : null);
        Pass(FieldTable.ForwardedPrefix, chain.Prefix);
        Pass(FieldTable.Forwarded, chain.Forwarded is null ? null : received.Forwarded);

        void Pass(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                Add(message, name, value);
            }
        }
    }

    /// <summary>Writes where the request came from.</summary>
    public static void WriteForwarded(HttpContext context, HttpRequestMessage message, TrustedProxies trusted)
    {
        var (request, peer) = (context.Request, context.Connection.RemoteIpAddress);
        var isTrusted = peer is not null && trusted.Includes(peer);
        var chain = ForwardedChain.Of(peer, isTrusted, request.Scheme, request.Host.HasValue ? request.Host.Value : null, isTrusted ? Received(request.Headers) : default);
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
