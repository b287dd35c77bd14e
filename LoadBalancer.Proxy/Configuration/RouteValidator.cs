using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks what routes match and where they lead.</summary>
internal static class RouteValidator
{
    /// <summary>Reports what is wrong with a route.</summary>
    /// <param name="path">Where it stands.</param>
    /// <param name="route">The route.</param>
    /// <param name="clusters">The clusters of the same configuration.</param>
    /// <param name="report">Is told the path and the message of each error.</param>
    public static void Check(string path, RouteOptions route, IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        CheckWays(path, route, report);
        if (route.ClusterId.Length > 0)
        {
            CheckCluster($"{path}:ClusterId", route.ClusterId, clusters, report);
        }

        if (route.Split is { } split)
        {
            CheckSplit($"{path}:Split", split, clusters, report);
        }

        if (route.Redirect is { } redirect)
        {
            CheckRedirect($"{path}:Redirect", redirect, route.Match, report);
        }

        if (route.Respond is { } respond)
        {
            RespondOptions.Check($"{path}:Respond", respond, report);
        }

        if (route.AnswersBy is { } own)
        {
            var answer = own == nameof(route.Redirect) ? "a redirect" : "an answer of the proxy's own";
            if (route.Timeout is not null)
            {
                report($"{path}:Timeout", $"has no effect: {answer} waits for nobody");
            }

            if (route.MaxRequestBodySize is not null)
            {
                report($"{path}:MaxRequestBodySize", $"has no effect: {answer} reads no body");
            }

            if (route.RateLimit is not null)
            {
                report($"{path}:RateLimit", $"has no effect: {answer} costs no destination anything");
            }
        }

        if (route.Access is { } access)
        {
            AccessOptions.Check($"{path}:Access", access, report);
        }

        if (route.Compression is { } compression)
        {
            CompressionOptions.Check($"{path}:Compression", compression, report);
            if (route.AnswersBy is { } sender)
            {
                report($"{path}:Compression", $"has no effect: the route has {sender}, whose answers are not compressed");
            }
        }

        if (route.Mirror is { } mirror)
        {
            CheckMirror($"{path}:Mirror", mirror, route, clusters, report);
        }

        if (route.RateLimit is { } limit)
        {
            RateLimitValidator.Check($"{path}:RateLimit", limit, report);
        }

        TransformValidator.Check(path, route, report);
        CheckMatch($"{path}:Match", route.Match, report);
    }

    private static void CheckCluster(string path, string name, IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        if (!clusters.ContainsKey(name))
        {
            var known = clusters.Count == 0 ? "there are no clusters" : $"clusters: {string.Join(", ", clusters.Keys)}";
            report(path, $"no cluster is named '{name}'; {known}");
        }
    }

    private static void CheckMirror(string path, MirrorOptions mirror, RouteOptions route, IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        if (route.AnswersBy is { } own)
        {
            report(path, $"has no effect: the route has {own}, and nothing is sent that could be copied");
        }
        else if (mirror.ClusterId.Length > 0)
        {
            CheckCluster($"{path}:ClusterId", mirror.ClusterId, clusters, report);
            if (mirror.ClusterId.Equals(route.ClusterId, StringComparison.OrdinalIgnoreCase))
            {
                report($"{path}:ClusterId", $"'{mirror.ClusterId}' is the cluster of the route itself, which would get each request twice");
            }
        }
    }

    // A route leads one way, if any.
    private static void CheckWays(string path, RouteOptions route, Action<string, string> report)
    {
        string?[] ways = [route.ClusterId.Length > 0 ? nameof(route.ClusterId) : null, route.Split is null ? null : nameof(route.Split), route.Redirect is null ? null : nameof(route.Redirect), route.Respond is null ? null : nameof(route.Respond)];
        string?[] given = [.. ways.Where(way => way is not null)];
        if (given.Length == 0)
        {
            report($"{path}:ClusterId", "is missing: a route leads to a cluster, to several by its Split, elsewhere by its Redirect, or nowhere by its Respond");
        }
        else if (given.Length > 1)
        {
            report($"{path}:{given[0]}", $"says that the route leads somewhere else than {given[1]} does: keep one of them");
        }
    }

    /// <summary>Reports what is wrong with the place of a key.</summary>
    public static void CheckKey(string path, KeyOptions key, Action<string, string> report)
    {
        if (key.Source is HashSource.Header or HashSource.Cookie or HashSource.Query)
        {
            if (string.IsNullOrEmpty(key.Name))
            {
                report($"{path}:Name", $"is missing: {key.Source} says that the key is under a name");
            }
            else if (key.Source != HashSource.Query && !MessageSyntax.IsToken(key.Name))
            {
                report($"{path}:Name", $"'{key.Name}' is not the name of a {key.Source.ToString().ToLowerInvariant()}");
            }
        }
        else if (key.Name is not null)
        {
            report($"{path}:Name", $"has no effect: {key.Source} has no name");
        }
    }

    private static void CheckSplit(string path, SplitOptions split, IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        foreach (var (name, weight) in split.Clusters)
        {
            CheckCluster($"{path}:Clusters:{name}", name, clusters, report);
            if (weight is < 0 or > SplitOptions.MostWeight)
            {
                report($"{path}:Clusters:{name}", $"{weight} is out of range: from 0 to {SplitOptions.MostWeight}");
            }
        }

        if (split.Clusters.Values.All(weight => weight == 0))
        {
            report($"{path}:Clusters", split.Clusters.Count == 0 ? "is missing: there is nothing to split between" : "has no weight above 0: no cluster would get a request");
        }

        if (split.Override is { Header: { Length: > 0 } header } && !MessageSyntax.IsToken(header))
        {
            report($"{path}:Override:Header", $"'{header}' is not the name of a header");
        }

        CheckKey($"{path}:Hash", split.Hash, report);
    }

    private static void CheckRedirect(string path, RedirectOptions redirect, RouteMatchOptions match, Action<string, string> report)
    {
        if (redirect.Scheme is { } scheme && scheme.ToLowerInvariant() is not ("http" or "https"))
        {
            report($"{path}:Scheme", $"'{scheme}' is not http or https");
        }

        if (redirect.Host is { } host && (!MessageSyntax.IsHost(host) || !MessageSyntax.IsTarget(host) || MessageSyntax.SplitHost(host, out _).Length < host.Length))
        {
            report($"{path}:Host", $"'{host}' is not the name of a host: the port has a key of its own");
        }

        // Braces are no part of a URI, and look as if they stood for something.
        if (redirect.Path is { } target && !(target.StartsWith('/') && MessageSyntax.IsTarget(target) && target.AsSpan().IndexOfAny('{', '}') < 0))
        {
            report($"{path}:Path", $"'{target}' is not a path: write /path or /path?query, percent-encoded");
        }

        if (!RedirectOptions.Statuses.Contains(redirect.Status))
        {
            report($"{path}:Status", $"{redirect.Status} is not one of {string.Join(", ", RedirectOptions.Statuses)}");
        }

        if (LeadsBack(redirect, match))
        {
            report(path, "leads to where the requests of the route come from: give it another Scheme, Host, Port or Path");
        }
    }

    // Whether it says nothing that is not known to be so of every request of the route already. The scheme is known of none.
    private static bool LeadsBack(RedirectOptions redirect, RouteMatchOptions match)
    {
        var hosts = match.Hosts.Select(HostPattern.Parse).ToArray();
        return redirect.Scheme is null
            && (redirect.Host is null || (hosts.Length > 0 && Array.TrueForAll(hosts, host => host is { IsWildcard: false } && host.Name.Equals(redirect.Host, StringComparison.OrdinalIgnoreCase))))
            && (redirect.Port is null || (hosts.Length > 0 && Array.TrueForAll(hosts, host => host?.Port == redirect.Port)))
            && (redirect.Path is null || redirect.Path == match.Path);
    }

    private static void CheckMatch(string path, RouteMatchOptions match, Action<string, string> report)
    {
        if (match.Path is { } pattern && PathPattern.Parse(pattern) is (null, var error))
        {
            report($"{path}:Path", error);
        }

        foreach (var host in match.Hosts)
        {
            if (HostPattern.Parse(host) is null)
            {
                report($"{path}:Hosts", $"'{host}' is not a host name, name:port, or *.suffix");
            }
        }

        // What is no token stands in no request, so that the route would never match.
        foreach (var method in match.Methods.Where(method => !MessageSyntax.IsToken(method)))
        {
            report($"{path}:Methods", $"'{method}' is not a method");
        }

        foreach (var header in match.Headers)
        {
            if (header.Name.Length > 0 && !MessageSyntax.IsToken(header.Name))
            {
                report($"{path}:Headers", $"'{header.Name}' is not the name of a header");
            }

            var needsValues = header.Mode is not (HeaderMatchMode.Exists or HeaderMatchMode.NotExists);
            if (needsValues && header.Values.Count == 0)
            {
                report($"{path}:Headers", $"header '{header.Name}' has no Values to compare with");
            }
        }

        for (var i = 0; i < match.QueryParameters.Count; i++)
        {
            var parameter = match.QueryParameters[i];
            var needsValues = parameter.Mode != QueryParameterMatchMode.Exists;
            if (needsValues != parameter.Values.Count > 0)
            {
                report($"{path}:QueryParameters:{i}:Values", needsValues ? "is missing: there is nothing to compare the parameter with" : "has no effect: Exists takes any value");
            }
        }
    }
}
