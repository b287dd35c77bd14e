using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

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
    /// <summary>One item of the value is one of those given. Items are parted by commas, in <c>Cookie</c> by semicolons; quotes around one do not count.</summary>
    ExactHeader,

    /// <summary>One item of the value begins with one of those given.</summary>
    HeaderPrefix,

    /// <summary>The value contains one of those given.</summary>
    Contains,

    /// <summary>The value contains none of those given, or the header is not there.</summary>
    NotContains,

    /// <summary>The header is there, with any value that is not empty.</summary>
    Exists,

    /// <summary>The header is not there, or empty.</summary>
    NotExists,
}

/// <summary>What one parameter of the query must look like.</summary>
internal sealed record QueryParameterMatchOptions
{
    /// <summary>The parameter's name; case does not count.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>Values of which the parameter must have one; not used by <see cref="QueryParameterMatchMode.Exists"/>.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>How the parameter's value is compared. Default <see cref="QueryParameterMatchMode.Exact"/>.</summary>
    public QueryParameterMatchMode Mode { get; init; }

    /// <summary>Whether values are compared with case. Default false.</summary>
    public bool IsCaseSensitive { get; init; }
}

/// <summary>How the value of a query parameter is compared with those of the route. Of a parameter that comes several times, one is enough.</summary>
public enum QueryParameterMatchMode
{
    /// <summary>The value is one of those given.</summary>
    Exact,

    /// <summary>The value contains one of those given.</summary>
    Contains,

    /// <summary>The value contains none of those given, or the parameter is not there.</summary>
    NotContains,

    /// <summary>The value begins with one of those given.</summary>
    Prefix,

    /// <summary>The parameter is there, with any value that is not empty.</summary>
    Exists,
}
