using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Why a route takes a request or not, for people.</summary>
/// <param name="Route">The route.</param>
/// <param name="Mismatch">The first part of its match that the request is not like; null when it takes it.</param>
internal sealed record RouteReason(Route Route, string? Mismatch)
{
    /// <summary>Finds the reason. The rules are those of <see cref="RouteIndex"/>, which is asked for each part of the match as if the route had no other.</summary>
    public static RouteReason Of(Route route, in RequestFacts facts)
    {
        foreach (var part in PartsOf(route.Match))
        {
            var alone = new Route(route.Name, new RouteOptions { Match = part }, route.Cluster);
            if (new RouteIndex([alone]).Find(facts) is null)
            {
                return new RouteReason(route, Describe(part, facts));
            }
        }

        return new RouteReason(route, route.Redirect?.LeadsElsewhere(facts) == false ? "the request asks for just what the redirect leads to" : null);
    }

    /// <summary>The parts of a match, each alone, in the order in which they are looked at.</summary>
    internal static IEnumerable<RouteMatchOptions> PartsOf(RouteMatchOptions match) =>
    [
        new() { Hosts = match.Hosts },
        new() { Path = match.Path },
        new() { Methods = match.Methods },
        .. match.Headers.Select(header => new RouteMatchOptions { Headers = [header] }),
        .. match.QueryParameters.Select(parameter => new RouteMatchOptions { QueryParameters = [parameter] }),
    ];

    private static string Describe(RouteMatchOptions part, in RequestFacts facts) => part switch
    {
        { Hosts: [var host, ..] } => facts.Host.IsEmpty ? $"host: the request names none, and not '{host}'" : $"host: '{facts.Host}{PortOf(facts)}' is not '{host}'",
        { Path: { } path } => $"path: '{facts.Path}' is not like '{path}'",
        { Methods: [_, ..] methods } => $"method: {facts.Method} is not {string.Join(" or ", methods)}",
        { Headers: [var header, ..] } => $"header {header.Name}: {Describe(header, facts.Fields)}",
        { QueryParameters: [var parameter, ..] } => $"query parameter {parameter.Name}: {Describe(parameter)}",
        _ => "another part of its match",
    };

    private static string PortOf(in RequestFacts facts) => facts.Port is { } port ? $":{port}" : "";

    private static string Describe(HeaderMatchOptions header, IFields fields)
    {
        if (header.Mode is HeaderMatchMode.NotExists or HeaderMatchMode.NotContains || !fields.TryGet(header.Name, 0, out var value))
        {
            return header.Mode switch
            {
                HeaderMatchMode.NotExists => "is there",
                HeaderMatchMode.NotContains => $"contains {Quote(header.Values)}",
                _ => "is not there",
            };
        }

        return header.Mode switch
        {
            HeaderMatchMode.HeaderPrefix => $"'{value}' does not begin with {Quote(header.Values)}",
            HeaderMatchMode.Contains => $"'{value}' does not contain {Quote(header.Values)}",
            _ => $"'{value}' is not {Quote(header.Values)}",
        };
    }

    private static string Describe(QueryParameterMatchOptions parameter) => parameter.Mode switch
    {
        QueryParameterMatchMode.Exists => "is not there",
        QueryParameterMatchMode.NotContains => $"contains {Quote(parameter.Values)}",
        QueryParameterMatchMode.Contains => $"does not contain {Quote(parameter.Values)}",
        QueryParameterMatchMode.Prefix => $"does not begin with {Quote(parameter.Values)}",
        _ => $"is not {Quote(parameter.Values)}",
    };

    private static string Quote(IReadOnlyList<string> values) => string.Join(" or ", values.Select(value => $"'{value}'"));
}
