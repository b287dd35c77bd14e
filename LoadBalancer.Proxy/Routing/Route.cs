using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Sends the requests that match to a cluster, to one of several, or elsewhere; or answers them. It never changes.</summary>
internal sealed class Route
{
    private readonly bool _prefersPath;
    private readonly string[] _methods;
    private readonly FieldMatch[] _fields;
    private readonly ParameterMatch[] _parameters;

    /// <param name="name">The route's name.</param>
    /// <param name="options">What it matches; must be valid, with one host at most.</param>
    /// <param name="cluster">Where it leads; null where it splits, redirects or answers.</param>
    /// <param name="split">The clusters that share its requests, where there is not one.</param>
    public Route(string name, RouteOptions options, Cluster? cluster, Split? split = null)
    {
        Name = name;
        Cluster = cluster;
        Split = split;
        Redirect = options.Redirect is { } redirect ? new Redirect(redirect) : null;
        Respond = options.Respond is { } respond ? new FixedAnswer(respond) : null;
        Access = options.Access is { } access ? new RouteAccess(access) : null;
        Compression = options.Compression;
        Transforms = options.Transforms;
        Order = options.Order;
        Timeout = options.Timeout;
        Match = options.Match;
        Host = options.Match.Hosts is [var host] ? HostPattern.Parse(host) : null;
        Path = options.Match.Path is { } path ? PathPattern.Parse(path).Pattern! : PathPattern.Any;
        _prefersPath = options.PrefersPath;
        _methods = [.. options.Match.Methods];
        _fields = [.. options.Match.Headers.Select(header => new FieldMatch(header))];
        _parameters = [.. options.Match.QueryParameters.Select(parameter => new ParameterMatch(parameter))];
    }

    /// <summary>The route's name.</summary>
    public string Name { get; }

    /// <summary>Where the route leads; null where it splits, redirects or answers.</summary>
    public Cluster? Cluster { get; }

    /// <summary>The clusters that share its requests; null where it leads to just one, redirects or answers.</summary>
    public Split? Split { get; }

    /// <summary>Where clients are sent instead of a cluster; null where they are not.</summary>
    public Redirect? Redirect { get; }

    /// <summary>What clients are answered instead of a cluster; null where they are not.</summary>
    public FixedAnswer? Respond { get; }

    /// <summary>Who may ask; null for everyone.</summary>
    public RouteAccess? Access { get; }

    /// <summary>Where copies of its requests go; null for nowhere.</summary>
    public Mirror? Mirror { get; init; }

    /// <summary>Which answers are compressed; null for none.</summary>
    public CompressionOptions? Compression { get; }

    /// <summary>What the engine changes in its requests and answers.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Transforms { get; }

    /// <summary>Routes with a lower number come first.</summary>
    public int Order { get; }

    /// <summary>How long a request may take until the head of its answer is there, where the route says so itself.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>How long the body of a request may be, in bytes; null for any length.</summary>
    public long? MaxBodySize { get; init; }

    /// <summary>The limit of its requests, which all routes of one name share; null for none.</summary>
    public RateLimiter? RateLimiter { get; init; }

    /// <summary>What a request must look like, as the operator wrote it.</summary>
    public RouteMatchOptions Match { get; }

    /// <summary>The hosts that it matches; null for any.</summary>
    public HostPattern? Host { get; }

    /// <summary>The paths that it matches.</summary>
    public PathPattern Path { get; }

    // Any host: 0. A wildcard: the longer its suffix, the more. An exact name: more than any wildcard.
    private int HostRank => Host is null ? 0 : Host.IsWildcard ? Host.Name.Length : 1_000 + (Host.Port is null ? 0 : 1);

    /// <summary>Whether a request is one of this route, given that its host name and path are.</summary>
    public bool Takes(in RequestFacts facts) =>
        MatchesPort(facts.Port) && MatchesMethod(facts.Method) && MatchesFields(facts.Fields) && MatchesQuery(facts.Query)
        && Redirect?.LeadsElsewhere(facts) != false;

    /// <summary>Orders routes so that of two that match the same request the more specific comes first.</summary>
    public static int Compare(Route one, Route other)
    {
        // A route that is more specific about the host wins over one that is more specific about the path, and so on down; with YARP, it is path, methods, host.
        // Of routes of both kinds, ours come first.
        var (host, path) = (other.HostRank.CompareTo(one.HostRank), ComparePaths(one.Path, other.Path));
        var methods = (other._methods.Length > 0).CompareTo(one._methods.Length > 0);
        ReadOnlySpan<int> differences =
        [
            one.Order.CompareTo(other.Order),
            one._prefersPath.CompareTo(other._prefersPath),
            one._prefersPath ? path : host,
            one._prefersPath ? methods : path,
            one._prefersPath ? host : methods,
            other._fields.Length.CompareTo(one._fields.Length),
            other._parameters.Length.CompareTo(one._parameters.Length),
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

    private bool MatchesPort(int? port) => Host?.Port is null || Host.Port == port;

    private bool MatchesMethod(ReadOnlySpan<char> method)
    {
        foreach (var wanted in _methods)
        {
            if (method.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return _methods.Length == 0;
    }

    private bool MatchesFields(IFields fields)
    {
        foreach (var wanted in _fields)
        {
            if (!wanted.Matches(fields))
            {
                return false;
            }
        }

        return true;
    }

    private bool MatchesQuery(ReadOnlySpan<char> query)
    {
        foreach (var wanted in _parameters)
        {
            if (!wanted.Matches(query))
            {
                return false;
            }
        }

        return true;
    }
}
