namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks what the PROXY protocol to destinations goes together with.</summary>
internal static class ProxyProtocolValidator
{
    /// <summary>Reports what it does not go together with.</summary>
    /// <param name="path">The path of the cluster.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="report">Takes the path and what is wrong.</param>
    public static void Check(string path, ClusterOptions cluster, Action<string, string> report)
    {
        if (cluster.HttpClient.ProxyProtocol is null)
        {
            return;
        }

        path = $"{path}:HttpClient";
        var (request, probe) = (cluster.HttpRequest, cluster.HealthCheck.Active);
        if (IsHttp3(request.Version, request.VersionPolicy) || IsHttp3(probe.Version ?? request.Version, probe.VersionPolicy ?? request.VersionPolicy))
        {
            report($"{path}:ProxyProtocol", "has no place in HTTP/3, which is asked for and has no connections of TCP");
        }

        if (cluster.HttpClient.MaxConnectionsPerServer is not null)
        {
            report($"{path}:MaxConnectionsPerServer", "cannot be together with ProxyProtocol, by which each client has connections of its own: MaxConcurrentRequests bounds those that are in use");
        }
    }

    private static bool IsHttp3(Version version, HttpVersionPolicy policy) => version.Major >= 3 && policy != HttpVersionPolicy.RequestVersionOrLower;
}
