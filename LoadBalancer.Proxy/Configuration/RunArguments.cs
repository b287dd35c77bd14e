namespace LoadBalancer.Proxy.Configuration;

/// <summary>What the operator typed after <c>run</c>. What is null or empty was not typed, and leaves the configuration as it is.</summary>
internal sealed record RunArguments
{
    /// <summary>The cluster that <see cref="Servers"/> makes.</summary>
    public const string ServersCluster = "default";

    /// <summary>Destinations, each <c>host:port</c> or a URL, and <c>;weight=3</c> if wanted.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Addresses to accept requests on; they replace those of the configuration.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>Certificates of the https listeners that have none of their own, PEM or PFX files, chosen by the name that a client asks for.</summary>
    public IReadOnlyList<string> TlsCertificates { get; init; } = [];

    /// <summary>The PEM files of their keys, in the same order; none where each file has its key.</summary>
    public IReadOnlyList<string> TlsKeys { get; init; } = [];

    /// <summary>The configuration file.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The address of the admin listener, or <c>none</c>.</summary>
    public string? Admin { get; init; }

    /// <summary>The policy of the cluster that <see cref="Servers"/> makes.</summary>
    public LoadBalancingPolicy? Policy { get; init; }

    /// <summary>Whether the requests of a client stay with one of the <see cref="Servers"/>, by a cookie.</summary>
    public bool Sticky { get; init; }

    /// <summary>The path that the probes of <see cref="Servers"/> ask for.</summary>
    public string? HealthPath { get; init; }

    /// <summary>The pause between two probes of one of the <see cref="Servers"/>.</summary>
    public TimeSpan? HealthInterval { get; init; }

    /// <summary>How long a probe of one of the <see cref="Servers"/> may take.</summary>
    public TimeSpan? HealthTimeout { get; init; }

    /// <summary>Probes that must pass in a row.</summary>
    public int? HealthRise { get; init; }

    /// <summary>Probes that must fail in a row.</summary>
    public int? HealthFall { get; init; }

    /// <summary>What serves the listeners.</summary>
    public EngineOption? Engine { get; init; }

    /// <summary>The Unix socket by which this process takes over from the one that runs.</summary>
    public string? TakeOver { get; init; }

    /// <summary>Whether each probe and each request makes a line.</summary>
    public bool Verbose { get; init; }

    /// <summary>Further configuration keys, such as <c>LoadBalancer:ShutdownTimeout</c>; they win over files and environment.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = Named.Empty<string?>();

    /// <summary>The configuration with what was typed laid over it.</summary>
    internal LoadBalancerOptions ApplyTo(LoadBalancerOptions options)
    {
        if (Listen.Count > 0)
        {
            options = options with { Listeners = Listen.Select((url, index) => ($"listen-{index + 1}", new ListenerOptions { Url = url })).ToNamed() };
        }

        if (TlsCertificates.Count > 0)
        {
            options = options with { Listeners = options.Listeners.Select(pair => (pair.Key, WithCertificates(pair.Value))).ToNamed() };
        }

        if (Admin is not null)
        {
            options = options with { Admin = options.Admin with { Url = Admin } };
        }

        if (Engine is { } engine)
        {
            options = options with { Engine = engine };
        }

        if (TakeOver is not null)
        {
            options = options with { TakeOver = TakeOver };
        }

        return Servers.Count > 0 ? WithServers(options) : options;
    }

    /// <summary>What was typed and has no effect on the configuration that came of it.</summary>
    internal IEnumerable<ConfigurationError> Check(LoadBalancerOptions options)
    {
        if (TlsCertificates.Count > 0 && !options.Listeners.Values.Any(listener => listener.Tls.Certificates.Any(certificate => certificate.File == TlsCertificates[0])))
        {
            yield return new ConfigurationError("", "--tls-cert has no effect: there is no https:// listener without certificates of its own");
        }
    }

    private ListenerOptions WithCertificates(ListenerOptions listener) => listener.Tls.Certificates.Count + listener.Tls.Acme.Count > 0 || ListenAddress.Parse(listener.Url).Address is not { IsTls: true } ? listener : listener with
    {
        Tls = listener.Tls with { Certificates = [.. TlsCertificates.Select((file, index) => new CertificateOptions { File = file, KeyFile = TlsKeys.ElementAtOrDefault(index) })] },
    };

    private LoadBalancerOptions WithServers(LoadBalancerOptions options)
    {
        var defaults = new ActiveHealthCheckOptions();
        var cluster = new ClusterOptions
        {
            LoadBalancingPolicy = Policy ?? LoadBalancingPolicy.RoundRobin,
            SessionAffinity = new SessionAffinityOptions { Enabled = Sticky },
            Destinations = Destinations(Servers).ToNamed(),
            HealthCheck = new HealthCheckOptions
            {
                Active = defaults with
                {
                    Enabled = true,
                    Path = HealthPath ?? defaults.Path,
                    Interval = HealthInterval ?? defaults.Interval,
                    Timeout = HealthTimeout ?? defaults.Timeout,
                    Rise = HealthRise ?? defaults.Rise,
                    Fall = HealthFall ?? defaults.Fall,
                },
            },
        };

        // Beside routes and clusters of a file, the servers take what no route matches.
        var routes = options.Routes;
        if (routes.Count > 0 || options.Clusters.Keys.Any(name => !name.Equals(ServersCluster, StringComparison.OrdinalIgnoreCase)))
        {
            routes = routes.With(ServersCluster, new RouteOptions { ClusterId = ServersCluster, Order = int.MaxValue });
        }

        return options with { Clusters = options.Clusters.With(ServersCluster, cluster), Routes = routes };
    }

    // Where a host and port is meant twice, over http and over https, only the whole address tells one from the other. Names do not regard case, and paths do.
    private static IEnumerable<(string Name, DestinationOptions Options)> Destinations(IEnumerable<string> servers)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return servers
            .Select(TypedServer.Parse)
            .DistinctBy(server => server.Key)
            .GroupBy(server => server.Name, StringComparer.OrdinalIgnoreCase)
            .SelectMany(same => same.Select(server => (
                Named.Free(same.Count() == 1 ? same.Key : server.Url, taken),
                new DestinationOptions { Address = server.Url, Weight = server.Weight ?? DestinationOptions.DefaultWeight })));
    }
}
