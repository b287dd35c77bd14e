using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using LoadBalancer.EmbeddedHost.Dashboard;
using LoadBalancer.EmbeddedHost.Publishing;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _inner;
    private readonly ResourceCollection _resources = [];
    private readonly DashboardResource? _dashboard;

    /// <param name="options">What was said before.</param>
    /// <param name="settings">The same for the host inside.</param>
    /// <param name="inTest">Whether a test owns the application: then the console and the signals are none of its business.</param>
    public DistributedApplicationBuilder(DistributedApplicationOptions options, HostApplicationBuilderSettings settings, bool inTest)
    {
        var appHost = options.AssemblyName is { } name ? Assembly.Load(new AssemblyName(name)) : Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? RecordedProjectDirectory(appHost) ?? AppContext.BaseDirectory;

        settings.Args ??= options.Args;
        settings.ApplicationName ??= appHost?.GetName().Name;
        settings.ContentRootPath ??= AppHostDirectory;
        _inner = new HostApplicationBuilder(settings);
        Switches.Read(Configuration, settings.Args ?? []);
        ExecutionContext = new DistributedApplicationExecutionContext(Switches.OperationOf(Configuration));
        AddServices(_inner, inTest);

        if (ExecutionContext.IsRunMode && !options.DisableDashboard && Configuration.Switch("Dashboard:Enabled", fallback: true))
        {
            DashboardResource.AddSecrets(Configuration);
            _dashboard = new DashboardResource(
                inTest ? null : DashboardResource.PortFrom(Configuration),
                Configuration.Switch("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", fallback: false));
        }
    }

    public ConfigurationManager Configuration => _inner.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _inner.Environment;

    public IServiceCollection Services => _inner.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources => _resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (_resources.TryGetByName(resource.Name, out _))
        {
            throw new DistributedApplicationException($"Cannot add the resource '{resource.Name}': there is one of that name already.");
        }

        _resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build() => EntryPointRun.Current?.Build(this) ?? BuildCore();

    internal DistributedApplication BuildCore()
    {
        // Not before: until here the resources are those of the AppHost.
        if (_dashboard is not null)
        {
            _resources.Add(_dashboard);
        }
        return new DistributedApplication(_inner.Build());
    }

    private void AddServices(HostApplicationBuilder inner, bool inTest)
    {
        // The host reports a failed start by the exception that reaches the caller, once and without a stack trace.
        inner.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        inner.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);
        inner.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
        // An unhealthy resource is a state that is shown, not an error of the host.
        inner.Logging.AddFilter(typeof(HealthCheckService).FullName, LogLevel.None);
        inner.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);

        inner.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Orchestrator.ShutdownBudget + TimeSpan.FromSeconds(5));
        LocalClients.AddTo(inner.Services);
        inner.Services.AddHealthChecks();
        inner.Services.AddSingleton(TimeProvider.System);
        inner.Services.AddSingleton<Random>();
        inner.Services.AddSingleton(ExecutionContext);
        inner.Services.AddSingleton<IDistributedApplicationBuilder>(this);
        inner.Services.AddSingleton(new DistributedApplicationModel(_resources));
        inner.Services.AddSingleton(_ => new ResourceNotificationService());
        inner.Services.AddSingleton(_ => new ResourceLoggerService());
        inner.Services.AddSingleton(services =>
            new ResourceCommandService(services.GetRequiredService<DistributedApplicationModel>(), services));
        inner.Services.AddSingleton<PortAllocator>();
        inner.Services.AddSingleton<ResourcePublisher>();
        inner.Services.AddSingleton<ResourceHealthPoller>();
        inner.Services.AddSingleton<DashboardHost>();
        inner.Services.AddSingleton<Orchestrator>();
        inner.Services.AddSingleton<ComposePublisher>();
        if (inTest)
        {
            inner.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        }
        else
        {
            inner.Services.AddSingleton(services =>
                new ConsoleOutput(Console.Out, colours: !Console.IsOutputRedirected && System.Environment.GetEnvironmentVariable("NO_COLOR") is null));
            inner.Services.AddSingleton<IHostLifetime, SignalLifetime>();
            inner.Services.AddHostedService<ConsoleForwarder>();
        }
        inner.Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
    }

    // The build writes the folder of the AppHost project into its assembly, under the key that Aspire uses.
    private static string? RecordedProjectDirectory(Assembly? appHost) => appHost?
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(metadata => string.Equals(metadata.Key, "apphostprojectpath", StringComparison.OrdinalIgnoreCase))?
        .Value is { } folder && Directory.Exists(folder) ? folder : null;
}
