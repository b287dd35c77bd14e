namespace LoadBalancer.Proxy.Configuration;

/// <summary>Sends the requests that match to a cluster, to one of several, or elsewhere; or answers them.</summary>
internal sealed record RouteOptions
{
    /// <summary>The cluster that serves the matching requests.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>The clusters that share the matching requests, instead of one.</summary>
    public SplitOptions? Split { get; init; }

    /// <summary>Where the clients are sent, instead of a cluster.</summary>
    public RedirectOptions? Redirect { get; init; }

    /// <summary>What clients are answered, instead of a cluster.</summary>
    public RespondOptions? Respond { get; init; }

    /// <summary>What is changed in requests and answers on their way, by YARP's names, in this order. Default: nothing.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Transforms { get; init; } = [];

    /// <summary>Routes with a lower number are tried first; equal numbers go from the most specific match to the least. Default 0.</summary>
    public int Order { get; init; }

    /// <summary>How long a request of this route may take until the head of its answer is there, instead of <see cref="HttpRequestOptions.Timeout"/> of the cluster.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long the body of a request may be, in bytes, instead of <see cref="LimitOptions.MaxRequestBodySize"/>; -1 for any length.</summary>
    [Range(typeof(long), "-1", "9223372036854775807")]
    public long? MaxRequestBodySize { get; init; }

    /// <summary>How many requests are let through in a time. Default: any number.</summary>
    public RateLimitOptions? RateLimit { get; init; }

    /// <summary>Who may ask. Default: everyone.</summary>
    public AccessOptions? Access { get; init; }

    /// <summary>Where copies of the requests go. Default: nowhere.</summary>
    public MirrorOptions? Mirror { get; init; }

    /// <summary>Whether answers are compressed. Default: they are not.</summary>
    public CompressionOptions? Compression { get; init; }

    /// <summary>The key by which the proxy answers itself, without a cluster; null where there is one.</summary>
    internal string? AnswersBy => Redirect is not null ? nameof(Redirect) : Respond is not null ? nameof(Respond) : null;

    /// <summary>Whether a more specific path counts before a more specific host, and methods between them, as with YARP. It is not configured: the section that the route stands in says it.</summary>
    internal bool PrefersPath { get; init; }

    /// <summary>What a request must look like. Default: every request matches.</summary>
    public RouteMatchOptions Match { get; init; } = new();
}

/// <summary>What a request must look like for a route; all the parts given must hold.</summary>
internal sealed record RouteMatchOptions
{
    /// <summary>Host names, each <c>name</c>, <c>name:port</c> or <c>*.suffix</c>; one must match. Default: any host.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>A path pattern: literal segments, <c>{name}</c> for one segment, <c>{**name}</c> at the end for the rest. Default: any path.</summary>
    public string? Path { get; init; }

    /// <summary>Request methods; one must match. Default: any method.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Request headers that must match, all of them.</summary>
    public IReadOnlyList<HeaderMatchOptions> Headers { get; init; } = [];

    /// <summary>Parameters of the query that must match, all of them.</summary>
    public IReadOnlyList<QueryParameterMatchOptions> QueryParameters { get; init; } = [];
}
