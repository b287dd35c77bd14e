using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Routing;

/// <summary>The routes of one configuration, most specific first. It never changes.</summary>
internal sealed class RouteTable
{
    private readonly Route[] _routes;
    private readonly RouteIndex _index;

    /// <param name="routes">The routes, in any order.</param>
    public RouteTable(IEnumerable<Route> routes)
    {
        _routes = [.. routes];
        Array.Sort(_routes, Route.Compare);
        Redirects = Array.Exists(_routes, route => route.Redirect is not null);
        _index = new RouteIndex(_routes);
    }

    /// <summary>The routes in the order in which they are tried. One of several hosts stands here once for each.</summary>
    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>Whether a route redirects, so that the scheme of requests matters.</summary>
    public bool Redirects { get; }

    /// <summary>The proxies whose word on where a request came from is taken. They stand here to be in force with the routes, in one write.</summary>
    public TrustedProxies TrustedProxies { get; init; } = TrustedProxies.None;

    /// <summary>How many requests a connection of a client may bring; null for any number.</summary>
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>When the proxy refuses requests because it has too much to do; null for never.</summary>
    public Overload? Overload { get; init; }

    /// <summary>The answers to challenges of a certificate authority, which go before all routes; null where none are asked for over HTTP.</summary>
    public ChallengeAnswers? Challenges { get; init; }

    /// <summary>Makes the table of a valid configuration.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="find">Finds a cluster of the same configuration by its name.</param>
    /// <param name="previous">The table before, if there was one: limits that stay the same go on.</param>
    public static RouteTable Create(LoadBalancerOptions options, Func<string, Cluster?> find, RouteTable? previous = null)
    {
        var limiters = LimitersOf(options, previous);
        // One cluster and not a word about routes: what else could be meant.
        var routes = options.Routes.Count > 0
            ? options.Routes.SelectMany(route => ForEachHost(route.Value), (route, one) => CreateRoute(route.Key, one, find, limiters.GetValueOrDefault(route.Key), options.Limits))
            : options.Clusters.Keys.Select(name => new Route(name, new RouteOptions { ClusterId = name }, find(name)!) { MaxBodySize = options.Limits.MaxRequestBodySize });
        return new RouteTable(routes)
        {
            TrustedProxies = new TrustedProxies(options.TrustedProxies),
            MaxRequestsPerConnection = options.Limits.MaxRequestsPerConnection,
            Overload = options.Overload is { } overload ? new Overload(overload, previous?.Overload) : null,
            Challenges = options.Acme is { Challenge: AcmeChallengeType.Http01 } ? previous?.Challenges ?? new ChallengeAnswers() : null,
        };
    }

    /// <summary>The first route that matches, or null.</summary>
    public Route? Match(in RequestFacts facts) => Challenges?.Find(facts.Path) ?? _index.Find(facts);

    /// <summary>Tells of each route, in their order up to the one that matches, why it does not take the request.</summary>
    public IReadOnlyList<RouteReason> Explain(in RequestFacts facts)
    {
        var reasons = new List<RouteReason>();
        foreach (var route in _routes)
        {
            reasons.Add(RouteReason.Of(route, facts));
            if (reasons[^1].Mismatch is null)
            {
                break;
            }
        }

        return reasons;
    }

    private static Route CreateRoute(string name, RouteOptions options, Func<string, Cluster?> find, RateLimiter? limiter, LimitOptions limits) =>
        new(name, options, options.ClusterId.Length > 0 ? find(options.ClusterId) : null, options.Split is { } split ? new Split(split, find) : null)
        {
            RateLimiter = limiter,
            Mirror = options.Mirror is { } mirror ? new Mirror(find(mirror.ClusterId)!, mirror.Percentage) : null,
            MaxBodySize = (options.MaxRequestBodySize ?? limits.MaxRequestBodySize) is >= 0 and var size ? size : null,
        };

    private static Dictionary<string, RateLimiter> LimitersOf(LoadBalancerOptions options, RouteTable? previous)
    {
        var before = (previous?._routes ?? [])
            .Where(route => route.RateLimiter is not null)
            .DistinctBy(route => route.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(route => route.Name, route => route.RateLimiter!, StringComparer.OrdinalIgnoreCase);
        return options.Routes.Where(route => route.Value.RateLimit is not null).ToDictionary(
            route => route.Key,
            route => before.GetValueOrDefault(route.Key) is { } limiter && limiter.Options == route.Value.RateLimit ? limiter : new RateLimiter(route.Value.RateLimit!),
            StringComparer.OrdinalIgnoreCase);
    }

    // A route is as specific as that of its hosts which matches, so each host needs a place of its own in the order.
    private static IEnumerable<RouteOptions> ForEachHost(RouteOptions route) => route.Match.Hosts.Count < 2
        ? [route]
        : route.Match.Hosts.Select(host => route with { Match = route.Match with { Hosts = [host] } });
}

/// <summary>Holds the route table in force.</summary>
internal sealed class Router
{
    private volatile RouteTable _current = new([]);

    /// <summary>The table in force. Read it once per request.</summary>
    public RouteTable Current => _current;

    /// <summary>Puts a table in force.</summary>
    public void Publish(RouteTable table) => _current = table;
}
