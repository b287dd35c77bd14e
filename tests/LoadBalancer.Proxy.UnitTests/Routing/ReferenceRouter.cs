using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Routing;

/// <summary>Finds the route of a request the plain way: all routes in order, one after the other, by the words of the documentation.</summary>
internal sealed class ReferenceRouter
{
    private readonly (string Name, RouteOptions Options)[] _routes;

    public ReferenceRouter(IEnumerable<KeyValuePair<string, RouteOptions>> routes)
    {
        _routes = routes.SelectMany(route => ForEachHost(route.Value), (route, one) => (route.Key, one)).ToArray();
        Array.Sort(_routes, (one, other) => Compare(one, other));
    }

    public string? Match(Ask ask) => _routes.Where(route => Matches(route.Options, ask)).Select(route => route.Name).FirstOrDefault();

    private static IEnumerable<RouteOptions> ForEachHost(RouteOptions route) => route.Match.Hosts.Count == 0
        ? [route]
        : route.Match.Hosts.Select(host => route with { Match = route.Match with { Hosts = [host] } });

    private static int Compare((string Name, RouteOptions Options) one, (string Name, RouteOptions Options) other)
    {
        var (left, right) = (one.Options, other.Options);
        int[] differences =
        [
            left.Order.CompareTo(right.Order),
            RankOf(right).CompareTo(RankOf(left)),
            ComparePaths(SegmentsOf(left), SegmentsOf(right)),
            (right.Match.Methods.Count > 0).CompareTo(left.Match.Methods.Count > 0),
            right.Match.Headers.Count.CompareTo(left.Match.Headers.Count),
            right.Match.QueryParameters.Count.CompareTo(left.Match.QueryParameters.Count),
            string.CompareOrdinal(one.Name, other.Name),
        ];
        return differences.FirstOrDefault(difference => difference != 0);
    }

    private static int RankOf(RouteOptions route) => route.Match.Hosts switch
    {
        [] => 0,
        [['*', ..] host] => WithoutRoot(host.Split(':')[0]).Length - 1,
        [var host] => 1_000 + (host.Contains(':', StringComparison.Ordinal) ? 1 : 0),
        _ => throw new InvalidOperationException(),
    };

    private static int ComparePaths(string[] left, string[] right)
    {
        foreach (var (one, other) in left.Zip(right).Where(pair => !IsRest(pair.First) && !IsRest(pair.Second)))
        {
            if (IsNamed(one) != IsNamed(other))
            {
                return IsNamed(one) ? 1 : -1;
            }
        }

        var (leftSteps, rightSteps) = (left.Count(segment => !IsRest(segment)), right.Count(segment => !IsRest(segment)));
        return leftSteps != rightSteps ? rightSteps.CompareTo(leftSteps) : left.Any(IsRest).CompareTo(right.Any(IsRest));
    }

    private static bool Matches(RouteOptions route, Ask ask) =>
        (route.Match.Hosts.Count == 0 || MatchesHost(route.Match.Hosts[0].Split(':'), ask))
        && (route.Match.Methods.Count == 0 || route.Match.Methods.Contains(ask.Method, StringComparer.OrdinalIgnoreCase))
        && MatchesPath(SegmentsOf(route), ask.Path)
        && route.Match.Headers.All(header => MatchesHeader(header, ask))
        && route.Match.QueryParameters.All(parameter => MatchesParameter(parameter, ask.Query));

    private static bool MatchesHost(string[] pattern, Ask ask)
    {
        var (name, host) = (WithoutRoot(pattern[0]), WithoutRoot(ask.Host));
        return (pattern.Length == 1 || pattern[1] == $"{ask.Port}")
            && (name.StartsWith('*')
                ? host.Length >= name.Length && host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)
                : host.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static string WithoutRoot(string name) => name.EndsWith('.') ? name[..^1] : name;

    private static bool MatchesPath(string[] pattern, string path)
    {
        var parts = SplitPath(path);
        var steps = pattern.TakeWhile(segment => !IsRest(segment)).ToArray();
        return (pattern.Any(IsRest) ? parts.Length >= steps.Length : parts.Length == steps.Length)
            && steps.Zip(parts).All(pair => IsNamed(pair.First) ? pair.Second.Length > 0 : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    private static bool MatchesHeader(HeaderMatchOptions wanted, Ask ask)
    {
        var lines = ask.Headers.GetValueOrDefault(wanted.Name);
        var items = lines.SelectMany(line => line!.Split(',')).Select(item => item.Trim());
        var comparison = wanted.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        var isThere = !StringValues.IsNullOrEmpty(lines);
        return wanted.Mode switch
        {
            HeaderMatchMode.Exists => isThere,
            HeaderMatchMode.NotExists => !isThere,
            HeaderMatchMode.ExactHeader => items.Any(item => wanted.Values.Any(text => item.Equals(text, comparison))),
            HeaderMatchMode.HeaderPrefix => items.Any(item => wanted.Values.Any(text => item.StartsWith(text, comparison))),
            HeaderMatchMode.Contains => lines.Any(line => wanted.Values.Any(text => line!.Contains(text, comparison))),
            _ => !isThere || !lines.Any(line => wanted.Values.Any(text => line!.Contains(text, comparison))),
        };
    }

    private static bool MatchesParameter(QueryParameterMatchOptions wanted, string query)
    {
        var values = QueryHelpers.ParseQuery(query).GetValueOrDefault(wanted.Name);
        var comparison = wanted.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        var isThere = !StringValues.IsNullOrEmpty(values);
        return wanted.Mode switch
        {
            QueryParameterMatchMode.Exists => isThere,
            QueryParameterMatchMode.Exact => values.Any(value => wanted.Values.Any(text => value!.Equals(text, comparison))),
            QueryParameterMatchMode.Prefix => values.Any(value => wanted.Values.Any(text => value!.StartsWith(text, comparison))),
            QueryParameterMatchMode.Contains => values.Any(value => wanted.Values.Any(text => value!.Contains(text, comparison))),
            _ => !isThere || !values.Any(value => wanted.Values.Any(text => value!.Contains(text, comparison))),
        };
    }

    private static string[] SegmentsOf(RouteOptions route) => SplitPath(route.Match.Path ?? "/{**rest}");

    private static string[] SplitPath(string path)
    {
        var parts = path.TrimStart('/').Length == path.Length - 1 ? path[1..].Split('/') : path.Split('/')[1..];
        return parts[^1].Length == 0 ? parts[..^1] : parts;
    }

    private static bool IsNamed(string segment) => segment is ['{', not '*', ..];

    private static bool IsRest(string segment) => segment is ['{', '*', ..];
}
