using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Makes the program of what the operator typed.</summary>
internal static class ProxyApplication
{
    /// <summary>Makes a proxy that is ready to start. Once it is started, <see cref="ProxyAddresses"/> among its services says where it listens.</summary>
    /// <param name="arguments">What the operator typed.</param>
    /// <param name="configure">Has the last word on the services; for programs that hold a proxy within them, such as tests.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    public static WebApplication Create(RunArguments arguments, Action<IServiceCollection>? configure = null)
    {
        var builder = CreateBuilder();
        CheckLogLevels(builder.Configuration.GetSection("Logging"));

        // An app host and the container images of .NET say with these where to listen. This proxy goes by its own configuration.
        // An empty list of addresses says so to the web server; an empty text would only send it on to the next place to look.
        builder.WebHost.UseUrls(";").UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");

        // ASPNETCORE_FORWARDEDHEADERS_ENABLED, which the same hosts set, would take any client's word for its address and scheme.
        builder.WebHost.UseSetting("ForwardedHeaders_Enabled", "false");
        var source = new ConfigurationSource(arguments, builder.Environment.ContentRootPath, builder.Environment.EnvironmentName);
        var first = source.Read();

        // YARP tells each request several times over, and each failure as if it were its own; our own lines say both.
        builder.Logging.ClearProviders().AddLineConsole(arguments.Verbose).AddFilter("Yarp", LogLevel.None);
        builder.AddBasicServiceDefaults();
        builder.Services.AddLifeCycleLines(services => services.GetRequiredService<ProxyAddresses>().Listeners);
        builder.Services.AddProxy(source, first);
        builder.Services.AddHealthChecks().AddCheck<ReadyCheck>("ready");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = first.Options.ShutdownTimeout);

        configure?.Invoke(builder.Services);

        var app = builder.Build();
        var admin = AdminPipeline.Create(app.Services);
        app.MapWhen(AdminConnection.IsAdmin, branch => branch.Run(admin));
        app.Run(app.Services.GetRequiredService<ProxyHandler>().HandleAsync);
        return app;
    }

    // The host reads the settings before we do, and does not say well what is wrong with them.
    private static WebApplicationBuilder CreateBuilder()
    {
        try
        {
            // The command line is not handed on: its options are ours, not configuration keys.
            return WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = ProxyMetrics.Name });
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new ConfigurationException("", $"cannot read the settings: there is no folder {exception.Message}");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("", ConfigurationSource.Explain(exception));
        }
    }

    private static void CheckLogLevels(IConfigurationSection logging)
    {
        var levels = logging.GetChildren().Select(section => section.GetSection("LogLevel")).Prepend(logging.GetSection("LogLevel")).SelectMany(section => section.GetChildren());
        if (levels.FirstOrDefault(level => level.Value is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _)) is { } wrong)
        {
            throw new ConfigurationException(wrong.Path, $"'{wrong.Value}' is not one of {string.Join(", ", Enum.GetNames<LogLevel>())}");
        }
    }

    /// <summary>Ready for requests until the stop begins, also with no destination at all: a proxy that says 503 is well.</summary>
    private sealed class ReadyCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping") : HealthCheckResult.Healthy());
    }
}
