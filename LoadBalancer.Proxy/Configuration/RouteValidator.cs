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
        if (route.ClusterId.Length > 0)
        {
            CheckCluster($"{path}:ClusterId", route.ClusterId, clusters, report);
        }

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
