using System.Diagnostics.CodeAnalysis;
using System.Net;
using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Every registration of the proxy, in the order of its folders.</summary>
internal static class ProxyServices
{
    /// <summary>Registers the proxy.</summary>
    public static IServiceCollection AddProxy(this IServiceCollection services, ConfigurationSource source, ConfigurationReading first)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(SystemRandom());
        services.TryAddSingleton<NameLookup>(Dns.GetHostAddressesAsync);

        return services
            .AddConfiguration(source, first)
            .AddClusters()
            .AddDiscovery()
            .AddHealth()
            .AddRoutes()
            .AddKestrelEngine()
            .AddAdmin()
            .AddEventLoopEngine(first.Options)
            .AddListeners()
            .AddAcme()
            .AddTelemetry();
    }

    private static IServiceCollection AddConfiguration(this IServiceCollection services, ConfigurationSource source, ConfigurationReading first) => services
        .AddSingleton(source)
        .AddSingleton(first)
        .AddSingleton<ConfigurationInForce>()
        .AddHostedService(provider => provider.GetRequiredService<ConfigurationInForce>())
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<StopSignals>(provider, () => provider.GetRequiredService<ConfigurationInForce>().Options.ShutdownDelay))
        .Replace(ServiceDescriptor.Singleton<IHostLifetime>(provider => provider.GetRequiredService<StopSignals>()));

    private static IServiceCollection AddClusters(this IServiceCollection services) => services
        .AddSingleton<CreatePicker>(Pickers.Create)
        .AddSingleton<ClusterRegistry>();

    private static IServiceCollection AddDiscovery(this IServiceCollection services) => services
        .AddSingleton(CreateSources)
        .AddSingleton<DiscoveredDestinations>()
        .AddSingleton<ClustersInForce>();

    private static CreateSource CreateSources(IServiceProvider provider)
    {
        var (time, random) = (provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Random>());
        return options => options.Kubernetes is { } kubernetes
            ? new KubernetesSource(kubernetes, KubernetesAccess.Of(kubernetes, Environment.GetEnvironmentVariable), time, random)
            : new DnsSource(options.Dns!, new DnsLookup(options.Dns!, ResolverSettings.Read).AskAsync, time, random);
    }

    private static IServiceCollection AddHealth(this IServiceCollection services) => services
        .AddSingleton(CreateConnect)
        .AddSingleton(CreateProber)
        .AddHostedService<ActiveHealthChecks>()
        .AddHostedService<WarmUps>()
        .AddHostedService<SuspectChecks>()
        .AddHostedService<OutlierChecks>();

    private static ConnectOnce CreateConnect(IServiceProvider provider)
    {
        var (lookUp, certificates, time) = (provider.GetRequiredService<NameLookup>(), provider.GetRequiredService<ClientCertificates>(), provider.GetRequiredService<TimeProvider>());
        return (address, options, cancellationToken) => UpstreamClient.CheckAsync(address, options, lookUp, certificates, time, cancellationToken);
    }

    private static Prober CreateProber(IServiceProvider provider)
    {
        var (lookUp, certificates, time) = (provider.GetRequiredService<NameLookup>(), provider.GetRequiredService<ClientCertificates>(), provider.GetRequiredService<TimeProvider>());
        return new Prober(options => UpstreamClient.CreateHandler(options, TimeSpan.Zero, lookUp, certificates, time), provider.GetRequiredService<ConnectOnce>(), time);
    }

    private static IServiceCollection AddRoutes(this IServiceCollection services) => services
        .AddSingleton<Router>()
        .AddSingleton<ReadMemory>(static () => Environment.WorkingSet)
        .AddHostedService<OverloadWatch>();

    private static IServiceCollection AddKestrelEngine(this IServiceCollection services)
    {
        services.AddOptions<KestrelServerOptions>().Configure<KestrelEngine>(static (server, engine) => engine.Configure(server));
        services.RemoveAll<IConnectionListenerFactory>();

        return services
            .AddHttpForwarder()
            .AddSingleton(provider => new KestrelEngine(
                provider.GetRequiredService<IServer>, provider.GetRequiredService<ConnectionBudget>(), provider.GetRequiredService<ListenerFields>(), provider.GetRequiredService<ProxyMetrics>(),
                provider.GetRequiredService<TlsChallenges>()))
            .AddSingleton<TlsChallenges>()
            .AddSingleton<ListenerFields>()
            .AddSingleton<PasswordChecks>()
            .AddSingleton<Mirrors>()
            .AddSingleton(CreateBudget)
            .AddSingleton<IConnectionListenerFactory, SocketListenerFactory>()
            .AddSingleton<ClientCertificates>()
            .AddSingleton(CreateClients)
            .AddSingleton<RequestTimers>()
            .AddSingleton<Tunnels>()
            .AddHostedService(provider => provider.GetRequiredService<Tunnels>())
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<EngineServices>(provider) with
            {
                Tunnels = provider.GetRequiredService<Tunnels>(),
                AccessLog = provider.GetRequiredService<AccessLog>(),
                Passwords = provider.GetRequiredService<PasswordChecks>(),
                Mirrors = provider.GetRequiredService<Mirrors>(),
                Budget = provider.GetRequiredService<ConnectionBudget>(),
                Stopping = provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
            })
            .AddSingleton<ProxyHandler>();
    }

    // After the operator's server: it starts later and stops earlier, as the clients' web server does.
    private static IServiceCollection AddEventLoopEngine(this IServiceCollection services, LoadBalancerOptions options) => services
        .AddSingleton(provider => new AddressLookup(provider.GetRequiredService<NameLookup>()))
        .AddSingleton<EventLoopServices>()
        .AddSingleton(provider => new EventLoopEngine(
            provider.GetRequiredService<ReservedSockets>(), provider.GetRequiredService<EventLoopServices>(), options.EventLoops ?? Environment.ProcessorCount, options.IoUring, options.ShutdownTimeout))
        .AddHostedService(provider => provider.GetRequiredService<EventLoopEngine>());

    private static UpstreamClients CreateClients(IServiceProvider provider)
    {
        var (lookUp, certificates, time) = (provider.GetRequiredService<NameLookup>(), provider.GetRequiredService<ClientCertificates>(), provider.GetRequiredService<TimeProvider>());
        return new UpstreamClients((options, connectionLifetime) => UpstreamClient.CreateHandler(options, connectionLifetime, lookUp, certificates, time));
    }

    private static IServiceCollection AddAdmin(this IServiceCollection services) => services
        .AddSingleton(provider => new AdminAccess(() => provider.GetRequiredService<ConfigurationInForce>().Options.Admin))
        .ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProblemJson.Default))
        .AddSingleton(CreateConfigurationAccess)
        .AddSingleton(CreateMembershipAccess)
        .AddSingleton<AdminEvents>()
        .AddSingleton<ReadCertificates>(provider => provider.GetRequiredService<Certificates>().Read)
        .AddSingleton(CreateAdminListener)
        .AddHostedService(provider => provider.GetRequiredService<AdminListener>());

    private static ConfigurationAccess CreateConfigurationAccess(IServiceProvider provider)
    {
        var configuration = provider.GetRequiredService<ConfigurationInForce>();
        return new ConfigurationAccess(() => configuration.Reading, configuration.ReloadNowAsync, configuration.Preview);
    }

    private static MembershipAccess CreateMembershipAccess(IServiceProvider provider)
    {
        var clusters = provider.GetRequiredService<ClustersInForce>();
        return new MembershipAccess(clusters.Add, clusters.Remove);
    }

    private static IServiceCollection AddListeners(this IServiceCollection services) => services
        .AddSingleton<ReservedSockets>()
        .AddHostedService<TakeOver>()
        .AddSingleton<IEngine>(provider => new AllEngines(
            provider.GetRequiredService<KestrelEngine>(), provider.GetRequiredService<EventLoopEngine>(), provider.GetRequiredService<ReservedSockets>()))
        .AddSingleton<Listeners>()
        .AddSingleton<Certificates>()
        .AddHostedService(provider => provider.GetRequiredService<Certificates>())
        .AddSingleton(provider => new ProxyAddresses(provider.GetRequiredService<IEngine>().Addresses, provider.GetRequiredService<AdminListener>().Address));

    private static IServiceCollection AddAcme(this IServiceCollection services) => services
        .AddSingleton<Challenges>()
        .AddSingleton(provider => new Authority(provider.GetRequiredService<Challenges>().Publish, provider.GetRequiredService<TimeProvider>()))
        .AddHostedService(CreateRenewals);

    private static CertificateRenewals CreateRenewals(IServiceProvider provider)
    {
        var configuration = provider.GetRequiredService<ConfigurationInForce>();
        return ActivatorUtilities.CreateInstance<CertificateRenewals>(
            provider,
            () => configuration.Options,
            new ObtainCertificate(provider.GetRequiredService<Authority>().ObtainAsync),
            new SharedChallenges(provider.GetRequiredService<Challenges>().Publish),
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted);
    }

    private static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddSingleton<ProxyMetrics>()
        .AddSingleton<HttpMetrics>()
        .AddSingleton<PrometheusMetrics>()
        .AddSingleton<AccessLog>()
        .AddSingleton<ProxyActivities>();

    private static ConnectionBudget CreateBudget(IServiceProvider provider)
    {
        var budget = CreateBudget(provider, ConnectionBudget.CapacityWithin(FileDescriptors.Limit(), FileDescriptors.Count() ?? 0));
        provider.GetRequiredService<ProxyMetrics>().ObserveConnections(() => new ConnectionReading(budget.Open, budget.Capacity));
        return budget;
    }

    private static ConnectionBudget CreateBudget(IServiceProvider provider, int? capacity) =>
        new(capacity, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ConnectionBudget>>());

    // The operator is let in also when the clients have taken all their places.
    private static AdminListener CreateAdminListener(IServiceProvider provider) => ActivatorUtilities.CreateInstance<AdminListener>(
        provider, ActivatorUtilities.CreateInstance<SocketListenerFactory>(provider, CreateBudget(provider, capacity: null)), AdminPipeline.Create(provider));

    [SuppressMessage("ApiDesign", "RS0030", Justification = "This is where chance enters; everyone else gets it through the constructor.")]
    private static Random SystemRandom() => Random.Shared;
}
