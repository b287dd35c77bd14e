using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Which engine serves the listeners of a configuration.</summary>
internal static class EngineChoice
{
    /// <summary>The engine of a listener.</summary>
    public static EngineKind For(LoadBalancerOptions options, ServiceDirectory? services, ListenAddress address) => options.Engine switch
    {
        EngineOption.Kestrel => EngineKind.Kestrel,
        EngineOption.EventLoop => EngineKind.EventLoop,
        _ => OperatingSystem.IsLinux() && !address.IsTls && !NamesClients(options) && EventLoopLacks.First(options, services) is null ? EngineKind.EventLoop : EngineKind.Kestrel,
    };

    /// <summary>Refuses a configuration that asks for the event loop and for more than it has.</summary>
    /// <exception cref="ConfigurationException">It does.</exception>
    public static void Check(LoadBalancerOptions options, ServiceDirectory? services)
    {
        if (options.Engine != EngineOption.EventLoop)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new ConfigurationException("Engine", "asks for the EventLoop engine, which runs on Linux only: use Auto or Kestrel");
        }

        List<ConfigurationError> lacks =
        [
            .. options.Listeners.Where(listener => listener.Value.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
                .Select(listener => new ConfigurationError($"Listeners:{listener.Key}:Url", "asks for TLS, which the EventLoop engine does not have: use Auto or Kestrel")),
            .. EventLoopLacks.Find(options, services),
        ];
        if (lacks.Count > 0)
        {
            throw new ConfigurationException(lacks);
        }
    }

    // The field that tells a destination of a client's certificate is taken off what comes over any other listener, and only Kestrel does that.
    private static bool NamesClients(LoadBalancerOptions options) => options.Listeners.Values.Any(listener => listener.Tls.ClientCertificates?.SubjectHeader is not null);
}
