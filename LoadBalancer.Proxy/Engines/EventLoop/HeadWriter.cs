using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the head to a destination says beside what the client wrote.</summary>
internal readonly ref struct RequestContext
{
    /// <summary>Where it goes.</summary>
    public required DestinationText Destination { get; init; }

    /// <summary>Whose request it is.</summary>
    public required ClientText Client { get; init; }

    /// <summary>The proxies whose word on where a request came from is passed on.</summary>
    public required TrustedProxies Trusted { get; init; }

    /// <summary>The trace context of the attempt's span; empty where nobody listens, and the client's goes on.</summary>
    public ReadOnlySpan<char> TraceParent { get; init; }

    /// <summary>The state with it.</summary>
    public ReadOnlySpan<char> TraceState { get; init; }

    /// <summary>What the route changes; null where it changes nothing.</summary>
    public RouteChanges? Changes { get; init; }
}

/// <summary>Writes the head of a request as a destination gets it: by slices of the client's, and what the proxy says itself.</summary>
internal static class HeadWriter
{
    /// <summary>Appends the head. It can be called for each attempt, as long as the head of the request is there.</summary>
    public static void Write(OutputBuffer to, RequestHead head, in RequestContext context)
    {
        // :: Step 1: The first line, and the host.
        to.Write(head.Method);
        to.Write(" "u8);
        to.Write(context.Destination.PathPrefix);
        to.Write(head.AddsSlash ? "/"u8 : []);
        to.Write(head.PathAndQuery);
        to.Write(" HTTP/1.1\r\nHost: "u8);
        to.Write(HostOf(head, context));
        to.WriteLineEnd();

        // :: Step 2: What the client wrote and goes on.
        WriteLines(to, head, context);

        // :: Step 3: What is between this proxy and the destination.
        WriteFraming(to, head);
        WriteConnection(to, head);

        // :: Step 4: What the proxy says itself.
        ForwardedFields.Write(to, head, context.Client, context.Trusted, context.Changes?.Forwarded);
        WriteOwn(to, head, context);
        to.WriteLineEnd();
    }

    // Nearly always many in a row go on, and are copied at once.
    private static void WriteLines(OutputBuffer to, RequestHead head, in RequestContext context)
    {
        var named = new NamedByConnection((head.Connection & ConnectionOptions.Others) == 0 ? [] : head.Joined(FieldId.Connection));
        var lines = head.Lines;
        for (var first = 0; first < lines.Length; first++)
        {
            var end = first;
            while (end < lines.Length && Passes(head, lines[end], named, context))
            {
                end++;
            }

            if (end > first)
            {
                to.Write(head.LinesAsTheyCame(first, end));
                first = end;
            }
        }

        to.Write(context.Changes is { } changes ? changes.Request.Added : []);
    }

    private static bool Passes(RequestHead head, in FieldLine line, in NamedByConnection named, in RequestContext context) => line.Rule.Id switch
    {
        // What each hop says anew.
        FieldId.Host or FieldId.ContentLength => false,

        // Ours stands behind those that came.
        FieldId.Via => true,
        FieldId.TraceParent or FieldId.TraceState => context.TraceParent.IsEmpty,
        _ => named.InRequest(head.NameOf(line), line.Rule) == FieldFate.Pass && context.Changes?.Request.Keeps(head.NameOf(line)) != false,
    };

    // That of the destination if it has one, else the client's, unless the route says whose it is.
    private static ReadOnlySpan<byte> HostOf(RequestHead head, in RequestContext context)
    {
        if (context.Changes?.Host is { } written)
        {
            return written;
        }

        var keeps = context.Changes?.KeepsHost;
        return keeps == true && !head.Host.IsEmpty ? head.Host
            : context.Destination.Host is { } own ? own
            : keeps == false || head.Host.IsEmpty ? context.Destination.Authority
            : head.Host;
    }

    private static void WriteFraming(OutputBuffer to, RequestHead head)
    {
        if (head.Body == RequestBody.Chunked)
        {
            to.Write("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (head.LengthCount > 0 || Methods.WantsContent(head.Method))
        {
            to.WriteField("Content-Length: "u8, head.ContentLength);
        }
    }

    private static void WriteConnection(OutputBuffer to, RequestHead head)
    {
        if (head.IsTunnel)
        {
            to.Write("Connection: Upgrade\r\nUpgrade: websocket\r\n"u8);
        }
        else if (head.HasTe && FieldValues.TakesTrailers(head.Joined(FieldId.Te)))
        {
            // The field is for the next hop, and says so (RFC 9110, 10.1.4).
            to.Write("Connection: TE\r\nTE: trailers\r\n"u8);
        }
    }

    private static void WriteOwn(OutputBuffer to, RequestHead head, in RequestContext context)
    {
        if (head.CountsHops && head.TryGetOnly(FieldId.MaxForwards, out _) && head.TryGet("Max-Forwards", 0, out var left))
        {
            to.WriteField("Max-Forwards: "u8, head.Method == "OPTIONS" ? FieldValues.Decrement(left.ToString()) : left);
        }

        if (!context.TraceParent.IsEmpty)
        {
            to.WriteField("traceparent: "u8, context.TraceParent);
            if (!context.TraceState.IsEmpty)
            {
                to.WriteField("tracestate: "u8, context.TraceState);
            }
        }

        to.WriteField("X-Request-Id: "u8, head.Id);
        to.Write(head.IsHttp10 ? "Via: 1.0 LoadBalancer\r\n"u8 : "Via: 1.1 LoadBalancer\r\n"u8);
    }
}
