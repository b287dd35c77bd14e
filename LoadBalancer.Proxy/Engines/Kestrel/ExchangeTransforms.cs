namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What the transforms of its route have changed of the request.</summary>
internal sealed partial class Exchange
{
    /// <summary>The transforms of the route; null when it has none.</summary>
    public RouteTransforms? Transforms { get; private set; }

    /// <summary>The method that is sent. What may be repeated goes by it.</summary>
    public string Method => Transforms?.MethodOf(AskedMethod) ?? AskedMethod;

    /// <summary>Path and query that are sent; null before the first attempt, where they are those of the client.</summary>
    public string? Target { get; set; }

    /// <summary>The <c>Host</c> that is sent to every destination; empty for that of its address. Null where it is the destination's, or else the client's.</summary>
    public string? FixedHost { get; set; }
}
