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
}

/// <summary>Writes the head of a request as a destination gets it: by slices of the client's, and what the proxy says itself.</summary>
internal static class HeadWriter
{
    /// <summary>Appends the head. It can be called for each attempt, as long as the head of the request is there.</summary>
    public static void Write(OutputBuffer to, RequestHead head, in RequestContext context) => throw new NotImplementedException();
}
