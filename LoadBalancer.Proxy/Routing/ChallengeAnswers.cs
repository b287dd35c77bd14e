using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>The answers to challenges of a certificate authority (HTTP-01, RFC 8555, 8.3), as long as they are asked for.</summary>
internal sealed class ChallengeAnswers
{
    /// <summary>The name of the route that answers, in logs and metrics.</summary>
    public const string RouteName = "acme-challenge";

    private const string Prefix = "/.well-known/acme-challenge/";

    private readonly Lock _lock = new();
    private volatile Dictionary<string, Route>? _routes;

    /// <summary>What answers a request; null for the routes of the operator.</summary>
    /// <param name="path">Its path, as <see cref="TargetPath"/> reads it.</param>
    public Route? Find(ReadOnlySpan<char> path) =>
        _routes is { } routes && path.StartsWith(Prefix, StringComparison.Ordinal) && routes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path[Prefix.Length..], out var route) ? route : null;

    /// <summary>Answers from now on.</summary>
    public void Add(string token, string answer)
    {
        var options = new RouteOptions { Respond = new RespondOptions { Body = answer, ContentType = "application/octet-stream" } };
        lock (_lock)
        {
            _routes = new Dictionary<string, Route>(_routes ?? [], StringComparer.Ordinal) { [token] = new Route(RouteName, options, cluster: null) };
        }
    }

    /// <summary>Answers no more.</summary>
    public void Remove(string token)
    {
        lock (_lock)
        {
            var routes = new Dictionary<string, Route>(_routes ?? [], StringComparer.Ordinal);
            routes.Remove(token);
            _routes = routes.Count > 0 ? routes : null;
        }
    }
}
