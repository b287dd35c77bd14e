namespace LoadBalancer.Proxy.Configuration;

/// <summary>Which engine serves each listener of a configuration, and why.</summary>
/// <param name="Listeners">Where clients are accepted, in the order of the configuration.</param>
/// <param name="Errors">What keeps the configuration from being served as it asks for; none unless it insists on the event loop.</param>
internal sealed record EngineChoice(IReadOnlyList<ListenerEngine> Listeners, IReadOnlyList<ConfigurationError> Errors)
{
    /// <summary>Chooses.</summary>
    /// <param name="options">The configuration; must be valid.</param>
    /// <param name="services">The service names beside it; null where there are none.</param>
    public static EngineChoice Of(LoadBalancerOptions options, ServiceDirectory? services) => Of(options, services, OperatingSystem.IsLinux());

    /// <inheritdoc cref="Of(LoadBalancerOptions, ServiceDirectory?)" />
    /// <param name="options">The configuration; must be valid.</param>
    /// <param name="services">The service names beside it; null where there are none.</param>
    /// <param name="isLinux">Whether it would run on Linux.</param>
    internal static EngineChoice Of(LoadBalancerOptions options, ServiceDirectory? services, bool isLinux)
    {
        var listeners = AddressesOf(options).ToList();
        if (options.Engine == EngineOption.Kestrel)
        {
            ConfigurationError[] asked = [new("Engine", "asks for it")];
            return new([.. listeners.Select(listener => new ListenerEngine(listener.Path, listener.Address, EngineKind.Kestrel, asked, listener.Options))], []);
        }

        if (!isLinux && options.Engine == EngineOption.EventLoop)
        {
            return new([], [new ConfigurationError("Engine", "asks for the EventLoop engine, which runs on Linux only: use Auto or Kestrel")]);
        }

        ConfigurationError[] ofAll =
        [
            .. isLinux ? Array.Empty<ConfigurationError>() : [new("Engine", "leaves it to the system, and the EventLoop engine runs on Linux only")],
            .. ClientFields(options),
            .. EventLoopLacks.Find(options, services),
        ];
        ListenerEngine[] chosen = [.. listeners.Select(listener => Choose(listener.Path, listener.Address, listener.Options, ofAll))];
        return new(chosen, options.Engine == EngineOption.EventLoop ? [.. chosen.SelectMany(listener => listener.Lacks).Distinct()] : []);
    }

    /// <summary>An engine as the operator types it.</summary>
    public static string NameOf(EngineKind engine) => engine == EngineKind.EventLoop ? "eventloop" : "kestrel";

    private static ListenerEngine Choose(string path, ListenAddress address, ListenerOptions options, ConfigurationError[] ofAll)
    {
        ConfigurationError[] lacks = [.. EventLoopLacks.OfListener(path, options), .. ofAll];
        return new(path, address, lacks.Length == 0 ? EngineKind.EventLoop : EngineKind.Kestrel, lacks, options);
    }

    private static IEnumerable<(string Path, ListenAddress Address, ListenerOptions Options)> AddressesOf(LoadBalancerOptions options) => options.Listeners.Count == 0
        ? [("Listeners", Parse(ListenerOptions.DefaultUrl), new ListenerOptions { Url = ListenerOptions.DefaultUrl })]
        : options.Listeners.Select(listener => ($"Listeners:{listener.Key}:Url", Parse(listener.Value.Url), listener.Value));

    private static ListenAddress Parse(string url) => ListenAddress.Parse(url).Address ?? throw new ArgumentException($"'{url}' should have been refused.", nameof(url));

    // The field that tells a destination of a client's certificate is taken off what comes over any other listener.
    private static IEnumerable<ConfigurationError> ClientFields(LoadBalancerOptions options) => options.Listeners
        .Where(listener => listener.Value.Tls.ClientCertificates?.SubjectHeader is not null)
        .Select(listener => new ConfigurationError($"Listeners:{listener.Key}:Tls:ClientCertificates:SubjectHeader", "names a field that no client may send over any listener, which the EventLoop engine does not see to"));
}

/// <summary>What serves a listener.</summary>
/// <param name="Path">Where the configuration names its address.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Engine">What serves it.</param>
/// <param name="Lacks">Why it is not the event loop: the keys that ask for more than that has, or for the other engine.</param>
/// <param name="Options">The listener.</param>
internal sealed record ListenerEngine(string Path, ListenAddress Address, EngineKind Engine, IReadOnlyList<ConfigurationError> Lacks, ListenerOptions Options);

/// <summary>One of the two engines.</summary>
internal enum EngineKind
{
    /// <summary>The web server of ASP.NET Core.</summary>
    Kestrel,

    /// <summary>The event loop.</summary>
    EventLoop,
}
