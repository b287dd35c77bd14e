using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Sends the requests that match to a cluster. It never changes.</summary>
internal sealed class Route
{
    private readonly HostPattern[] _hosts;
    private readonly PathPattern _path;
    private readonly string[] _methods;
    private readonly HeaderMatchOptions[] _headers;

    /// <param name="name">The route's name.</param>
    /// <param name="options">What it matches; must be valid.</param>
    /// <param name="cluster">Where it leads.</param>
    public Route(string name, RouteOptions options, Cluster cluster)
    {
        Name = name;
        Cluster = cluster;
        Order = options.Order;
        Timeout = options.Timeout;
        _hosts = options.Match.Hosts.Select(host => HostPattern.Parse(host)!).ToArray();
        _path = options.Match.Path is { } path ? PathPattern.Parse(path).Pattern! : PathPattern.Any;
        _methods = [.. options.Match.Methods];
        _headers = [.. options.Match.Headers];
    }

    /// <summary>The route's name.</summary>
    public string Name { get; }

    /// <summary>Where the route leads.</summary>
    public Cluster Cluster { get; }

    /// <summary>Routes with a lower number come first.</summary>
    public int Order { get; }

    /// <summary>How long a request may take until the head of its answer is there, where the route says so itself.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Whether the request is one of this route.</summary>
    public bool Matches(in RouteRequest request)
    {
        return MatchesHost(request)
            && (_methods.Length == 0 || _methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase))
            && _path.Matches(request.Path)
            && MatchesHeaders(request);
    }

    /// <summary>Orders routes so that of two that match the same request the more specific comes first.</summary>
    public static int Compare(Route one, Route other)
    {
        // A route that is more specific about the host wins over one that is more specific about the path, and so on down.
        ReadOnlySpan<int> differences =
        [
            one.Order.CompareTo(other.Order),
            other.HostRank.CompareTo(one.HostRank),
            ComparePaths(one._path, other._path),
            (other._methods.Length > 0).CompareTo(one._methods.Length > 0),
            other._headers.Length.CompareTo(one._headers.Length),
            string.CompareOrdinal(one.Name, other.Name),
        ];

        foreach (var difference in differences)
        {
            if (difference != 0)
            {
                return difference;
            }
        }

        return 0;
    }

    // Any host: 0. A wildcard: the longer its suffix, the more. An exact name: more than any wildcard.
    private int HostRank => _hosts.Length == 0 ? 0 : _hosts.Max(host => host.IsWildcard ? host.Name.Length : 1_000 + (host.Port is null ? 0 : 1));

    private static int ComparePaths(PathPattern one, PathPattern other)
    {
        var (left, right) = (one.Segments, other.Segments);
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (left[i] is null != right[i] is null)
            {
                return left[i] is null ? 1 : -1;
            }
        }

        return left.Count != right.Count ? right.Count.CompareTo(left.Count) : one.TakesRest.CompareTo(other.TakesRest);
    }

    private bool MatchesHost(in RouteRequest request)
    {
        if (_hosts.Length == 0)
        {
            return true;
        }

        foreach (var host in _hosts)
        {
            if (host.Matches(request.Host, request.Port))
            {
                return true;
            }
        }

        return false;
    }

    private bool MatchesHeaders(in RouteRequest request)
    {
        foreach (var wanted in _headers)
        {
            if (!MatchesHeader(wanted, request.Header(wanted.Name)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MatchesHeader(HeaderMatchOptions wanted, StringValues values)
    {
        var comparison = wanted.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return wanted.Mode switch
        {
            HeaderMatchMode.Exists => values.Count > 0,
            HeaderMatchMode.NotExists => values.Count == 0,
            HeaderMatchMode.ExactHeader => Any((value, text) => value.Equals(text, comparison)),
            HeaderMatchMode.HeaderPrefix => Any((value, text) => value.StartsWith(text, comparison)),
            HeaderMatchMode.Contains => Any((value, text) => value.Contains(text, comparison)),
            HeaderMatchMode.NotContains => !Any((value, text) => value.Contains(text, comparison)),
            _ => throw new InvalidOperationException($"Header mode {wanted.Mode} is not known."),
        };

        bool Any(Func<string, string, bool> compare) =>
            values.Any(value => value is not null && wanted.Values.Any(text => compare(value, text)));
    }
}

/// <summary>What routes look at in a request.</summary>
/// <param name="method">The method.</param>
/// <param name="host">The host name that the client asked for, without its port.</param>
/// <param name="port">The port that the client named with the host, if it did.</param>
/// <param name="path">The path, decoded.</param>
/// <param name="state">What <paramref name="header"/> gets.</param>
/// <param name="header">Finds the values of a header field.</param>
internal readonly ref struct RouteRequest(string method, string host, int? port, string path, object state, Func<object, string, StringValues> header)
{
    /// <summary>The method.</summary>
    public string Method { get; } = method;

    /// <summary>The host name, without the dot that may end it and changes nothing: that of the root of all names (RFC 1034, 3.1).</summary>
    public string Host { get; } = host.EndsWith('.') ? host[..^1] : host;

    /// <summary>The port beside the host name, if there is one.</summary>
    public int? Port { get; } = port;

    /// <summary>The path, decoded.</summary>
    public string Path { get; } = path;

    /// <summary>The values of a header field.</summary>
    public StringValues Header(string name) => header(state, name);
}
