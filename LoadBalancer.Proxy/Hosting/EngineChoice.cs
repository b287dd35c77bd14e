using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Which engine serves the listeners of a configuration.</summary>
internal static class EngineChoice
{
    /// <summary>The engine of its listeners.</summary>
    public static EngineKind For(LoadBalancerOptions options) => options.Engine switch
    {
        EngineOption.Kestrel => EngineKind.Kestrel,
        EngineOption.EventLoop => EngineKind.EventLoop,
        _ => OperatingSystem.IsLinux() && Lacks(options).Count == 0 ? EngineKind.EventLoop : EngineKind.Kestrel,
    };

    /// <summary>Refuses a configuration that asks for the event loop and for more than it has.</summary>
    /// <exception cref="ConfigurationException">It does.</exception>
    public static void Check(LoadBalancerOptions options)
    {
        if (options.Engine != EngineOption.EventLoop)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new ConfigurationException("Engine", "asks for the event loop, which runs on Linux only: use auto or kestrel");
        }

        if (Lacks(options) is { Count: > 0 } lacks)
        {
            throw new ConfigurationException(lacks);
        }
    }

    private static List<ConfigurationError> Lacks(LoadBalancerOptions options) =>
    [
        .. options.Routes.Where(route => route.Value.Transforms.Count > 0).Select(route => new ConfigurationError($"Routes:{route.Key}:Transforms", "are not among what the event loop has")),
        .. options.Clusters.SelectMany(cluster => cluster.Value.Destinations.Where(destination => destination.Value.Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            .Select(destination => new ConfigurationError($"Clusters:{cluster.Key}:Destinations:{destination.Key}:Address", "asks for TLS, which the event loop does not have"))),
        .. options.Clusters.Where(cluster => !SpeaksHttp11(cluster.Value.HttpRequest)).Select(cluster => new ConfigurationError(
            $"Clusters:{cluster.Key}:HttpRequest:Version", "asks for a version of HTTP that the event loop does not speak to destinations: it has 1.1")),
        .. options.Clusters.Where(cluster => cluster.Value.HttpClient.MaxConnectionsPerServer is not null).Select(cluster => new ConfigurationError(
            $"Clusters:{cluster.Key}:HttpClient:MaxConnectionsPerServer", "is not among what the event loop has: MaxConcurrentRequests bounds requests there")),
    ];

    // Over plain text, 2 "or lower" means 1.1, and so does 1.1 "or higher".
    private static bool SpeaksHttp11(Configuration.HttpRequestOptions request) =>
        request.Version == HttpVersion.Version11 || (request.Version.Major >= 2 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower);
}
