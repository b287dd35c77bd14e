using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Sends the requests that match to a cluster.</summary>
internal sealed record RouteOptions
{
    /// <summary>The cluster that serves the matching requests.</summary>
    [Required]
    public string ClusterId { get; init; } = "";

    /// <summary>Routes with a lower number are tried first; equal numbers go from the most specific match to the least. Default 0.</summary>
    public int Order { get; init; }

    /// <summary>How long a request of this route may take until the head of its answer is there, instead of <see cref="HttpRequestOptions.Timeout"/> of the cluster.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan? Timeout { get; init; }

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
}

/// <summary>What one request header must look like.</summary>
internal sealed record HeaderMatchOptions
{
    /// <summary>The header's name.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>Values of which the header must have one; not used by <see cref="HeaderMatchMode.Exists"/> and <see cref="HeaderMatchMode.NotExists"/>.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>How the header's value is compared. Default <see cref="HeaderMatchMode.ExactHeader"/>.</summary>
    public HeaderMatchMode Mode { get; init; }

    /// <summary>Whether values are compared with case. Default false.</summary>
    public bool IsCaseSensitive { get; init; }
}

/// <summary>How a header's value is compared with those of the route.</summary>
public enum HeaderMatchMode
{
    /// <summary>The value is one of those given.</summary>
    ExactHeader,

    /// <summary>The value begins with one of those given.</summary>
    HeaderPrefix,

    /// <summary>The value contains one of those given.</summary>
    Contains,

    /// <summary>The value contains none of those given.</summary>
    NotContains,

    /// <summary>The header is there, with any value.</summary>
    Exists,

    /// <summary>The header is not there.</summary>
    NotExists,
}
