using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LoadBalancer.ServiceDefaults;

/// <summary>What every program of the application has in common: telemetry and health endpoints.</summary>
/// <remarks>
/// Service discovery is not here, where the Aspire template has it: what that adds to HttpClient chooses one address of a name,
/// and a load balancer has to know them all. The proxy reads <c>services:*</c> itself.
/// Retries of HttpClient are not here either: the proxy decides what is sent twice.
/// </remarks>
public static class Extensions
{
    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";
    private const string LiveTag = "live";

    /// <summary>Telemetry and health checks, for a program that makes its own request spans.</summary>
    public static TBuilder AddBasicServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder =>
        builder.ConfigureOpenTelemetry().AddDefaultHealthChecks();

    /// <summary>The basic defaults, and a span for each request that ASP.NET Core serves.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddBasicServiceDefaults();
        if (builder.HasOtlpEndpoint())
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(
                spans => spans.Filter = context => !IsHealthEndpoint(context.Request.Path)));
        }

        return builder;
    }

    /// <summary>
    /// Logs, metrics and traces over OTLP. Without <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> nothing is registered: then no listener is
    /// attached to any meter or source, and they cost nothing.
    /// </summary>
    /// <remarks>The program's own meter and activity source are those named as its application.</remarks>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        if (!builder.HasOtlpEndpoint())
        {
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(builder.Environment.ApplicationName))
            .WithTracing(tracing => tracing.AddSource(builder.Environment.ApplicationName))
            .UseOtlpExporter();
        return builder;
    }

    /// <summary>A check that holds as long as the program answers at all.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (every check holds: ready for traffic) and <c>/alive</c> (the checks tagged "live" hold: no restart
    /// needed), in every environment, since load balancers and orchestrators ask in production. They appear in no metric and no trace.
    /// </summary>
    public static TEndpoints MapDefaultEndpoints<TEndpoints>(this TEndpoints app) where TEndpoints : IEndpointRouteBuilder
    {
        app.MapHealthChecks(HealthPath).DisableHttpMetrics();
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).DisableHttpMetrics();
        return app;
    }

    // Asked every few seconds by load balancers and orchestrators: no news in a trace.
    private static bool IsHealthEndpoint(PathString path) => path.Equals(HealthPath) || path.Equals(AlivePath);

    private static bool HasOtlpEndpoint(this IHostApplicationBuilder builder) =>
        !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
}
