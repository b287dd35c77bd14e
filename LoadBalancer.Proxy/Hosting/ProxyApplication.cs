using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;

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
        var source = new ConfigurationSource(arguments, builder.Environment.ContentRootPath, builder.Environment.EnvironmentName);
        var first = source.Read();
        source.Host.Publish(first.Host);
        ((IConfigurationBuilder)builder.Configuration).Add(source.Host);

        builder.WebHost.UseKestrelCore();
        if (Http3.IsHere)
        {
            UseQuic(builder.WebHost);
        }

        builder.Services.AddRoutingCore();
        // A client that floods a connection is no failure of this program. The operator may still ask for what the web server has to say about it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None);
        // YARP tells each request several times over, and each failure as if it were its own; our own lines say both.
        builder.Logging.AddConfiguration(builder.Configuration.GetSection(HostSettings.Logging)).AddLineConsole(arguments.Verbose).AddFilter("Yarp", LogLevel.None);
        WithoutActivities(builder.Logging);
        builder.AddBasicServiceDefaults();
        builder.Services.AddLifeCycleLines(services => services.GetRequiredService<ProxyAddresses>().Served.Select(served => (served.Address, (string?)EngineChoice.NameOf(served.Engine))));
        builder.Services.AddProxy(source, first);
        builder.Services.AddHealthChecks().AddCheck<ReadyCheck>("ready");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = first.Options.ShutdownTimeout);

        configure?.Invoke(builder.Services);

        var app = builder.Build();
        var (fields, handler) = (app.Services.GetRequiredService<ListenerFields>(), app.Services.GetRequiredService<ProxyHandler>());
        app.Run(context =>
        {
            if (fields.IsNeeded)
            {
                fields.Apply(context);
            }

            return handler.HandleAsync(context);
        });
        return app;
    }

    // The empty builder brings nothing unasked: no file watches, no filter of hosts, no section Kestrel, no addresses of the environment.
    private static WebApplicationBuilder CreateBuilder()
    {
        try
        {
            return WebApplication.CreateEmptyBuilder(new WebApplicationOptions
            {
                ApplicationName = ProxyMetrics.Name,
                EnvironmentName = Variable("DOTNET_ENVIRONMENT") ?? Variable("ASPNETCORE_ENVIRONMENT"),
                ContentRootPath = Directory.GetCurrentDirectory(),
            });
        }
        catch (IOException exception)
        {
            throw new ConfigurationException("", $"cannot read the settings: {exception.Message}");
        }
    }

    // A method of its own: where there is no QUIC, the web server's part for it is not loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseQuic(IWebHostBuilder host) => host.UseKestrelHttpsConfiguration().UseQuic();

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    // While this category is on, whatever its level, the web server begins an activity for each request. Ours has spans of its own.
    // Said for each provider: what the settings say of one provider goes before what is said for all.
    private static void WithoutActivities(ILoggingBuilder logging)
    {
        const string category = "Microsoft.AspNetCore.Hosting.Diagnostics";
        logging.AddFilter(category, LogLevel.None);
        logging.AddFilter<ConsoleLoggerProvider>(category, LogLevel.None);
        logging.AddFilter<OpenTelemetryLoggerProvider>(category, LogLevel.None);
    }

    /// <summary>Ready for requests from the start to the stop, also with no destination at all: a proxy that says 503 is well.</summary>
    private sealed class ReadyCheck(IHostApplicationLifetime lifetime, StopSignals signals) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            signals.IsLeaving || lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("starting"));
    }
}
