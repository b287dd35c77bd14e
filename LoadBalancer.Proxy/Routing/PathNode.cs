using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>A place in a tree of path patterns, one segment a step: the routes whose patterns end here, and the ways on.</summary>
internal sealed class PathNode
{
    private readonly List<(Route Route, int Place)> _ending = [];
    private readonly List<(Route Route, int Place)> _takingRest = [];
    private readonly Dictionary<string, PathNode> _literals = new(StringComparer.OrdinalIgnoreCase);
    private PathNode? _anySegment;
    private int _first = int.MaxValue;

    /// <summary>Adds a route. The next one must have a higher place.</summary>
    /// <param name="route">The route.</param>
    /// <param name="place">Its place in the order of all routes.</param>
    public void Add(Route route, int place)
    {
        var node = this;
        node._first = Math.Min(node._first, place);
        foreach (var segment in route.Path.Segments)
        {
            node = segment is null ? node._anySegment ??= new PathNode() : node.Literal(segment);
            node._first = Math.Min(node._first, place);
        }

        (route.Path.TakesRest ? node._takingRest : node._ending).Add((route, place));
    }

    /// <summary>Finds the first route that takes a request, of those from here on that come before another.</summary>
    /// <param name="rest">What is left of the path, without a slash before it.</param>
    /// <param name="facts">The request.</param>
    /// <param name="before">The place of the other.</param>
    /// <returns>The place of the route, or that of the other.</returns>
    public int Find(ReadOnlySpan<char> rest, in RequestFacts facts, int before)
    {
        if (_first >= before)
        {
            return before;
        }

        if (rest.IsEmpty)
        {
            before = FirstOf(_ending, facts, before);
        }
        else
        {
            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            var below = slash < 0 ? [] : rest[(slash + 1)..];
            if (_literals.Count > 0 && _literals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(segment, out var literal))
            {
                before = literal.Find(below, facts, before);
            }

            if (_anySegment is not null && !segment.IsEmpty)
            {
                before = _anySegment.Find(below, facts, before);
            }
        }

        return FirstOf(_takingRest, facts, before);
    }

    private static int FirstOf(List<(Route Route, int Place)> routes, in RequestFacts facts, int before)
    {
        foreach (var (route, place) in routes)
        {
            if (place >= before)
            {
                break;
            }

            if (route.Takes(facts))
            {
                return place;
            }
        }

        return before;
    }

    private PathNode Literal(string segment) => _literals.TryGetValue(segment, out var node) ? node : _literals[segment] = new PathNode();
}
