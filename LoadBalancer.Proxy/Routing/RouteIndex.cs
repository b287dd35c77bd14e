using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>
/// Finds the first of many routes, in their order, that takes a request, and looks only at those that its host and path lead to.
/// It never changes once it is made.
/// </summary>
/// <remarks>
/// Order decides before host and host before path, so that no one branch can be taken for the best: each that fits is asked
/// for its first route, and what cannot come before the one in hand is passed over.
/// </remarks>
internal sealed class RouteIndex
{
    private readonly Route[] _routes;
    private readonly PathNode _anyHost = new();
    private readonly Dictionary<string, PathNode> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, PathNode> _suffixes = new(StringComparer.OrdinalIgnoreCase);
    private readonly int _longestName;
    private readonly int _longestSuffix;

    /// <param name="routes">The routes, in the order in which they are to be tried.</param>
    public RouteIndex(Route[] routes)
    {
        _routes = routes;
        for (var place = 0; place < routes.Length; place++)
        {
            NodeOf(routes[place]).Add(routes[place], place);
        }

        _longestName = _names.Keys.Select(name => name.Length).DefaultIfEmpty().Max();
        _longestSuffix = _suffixes.Keys.Select(suffix => suffix.Length).DefaultIfEmpty().Max();
    }

    /// <summary>The first route that takes the request, or null.</summary>
    public Route? Find(in RequestFacts facts)
    {
        var host = facts.Host;
        var path = facts.Path.StartsWith('/') ? facts.Path[1..] : facts.Path;
        var first = _routes.Length;

        // A client may send a host of any length; what is longer than all that are known is not even hashed.
        if (host.Length <= _longestName && _names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(host, out var node))
        {
            first = node.Find(path, facts, first);
        }

        if (_longestSuffix > 0)
        {
            first = FindSuffix(path, facts, first);
        }

        first = _anyHost.Find(path, facts, first);
        return first < _routes.Length ? _routes[first] : null;
    }

    private int FindSuffix(ReadOnlySpan<char> path, in RequestFacts facts, int first)
    {
        // A suffix begins with a dot, and something stands before it.
        var suffixes = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var from = Math.Max(1, facts.Host.Length - _longestSuffix); from < facts.Host.Length; from++)
        {
            if (facts.Host[from] == '.' && suffixes.TryGetValue(facts.Host[from..], out var node))
            {
                first = node.Find(path, facts, first);
            }
        }

        return first;
    }

    private PathNode NodeOf(Route route)
    {
        if (route.Host is not { } host)
        {
            return _anyHost;
        }

        var nodes = host.IsWildcard ? _suffixes : _names;
        return nodes.TryGetValue(host.Name, out var node) ? node : nodes[host.Name] = new PathNode();
    }
}
