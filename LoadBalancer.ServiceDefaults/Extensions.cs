using System.Diagnostics.Metrics;
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
    private const string KestrelMeter = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Telemetry and health checks, for a program that makes spans and metrics of its requests by itself.</summary>
    /// <remarks>What the platform measures of connections and name lookups is there, what it measures of requests is not.</remarks>
    public static TBuilder AddBasicServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry().AddDefaultHealthChecks();
        if (builder.HasOtlpEndpoint())
        {
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(KestrelMeter, "System.Net.NameResolution"));
        }

        return builder;
    }

    /// <summary>Telemetry and health checks, with spans and metrics of the requests that ASP.NET Core serves and HttpClient sends.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry().AddDefaultHealthChecks();
        if (builder.HasOtlpEndpoint())
        {
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation());
            if (!builder.IsTracingOff())
            {
                builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(
                    spans => spans.Filter = context => !IsHealthEndpoint(context.Request.Path)));
            }
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
                .AddRuntimeInstrumentation()
                .AddMeter(builder.Environment.ApplicationName)
                .AddView(StreamOf))
            .UseOtlpExporter();
        if (!builder.IsTracingOff())
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(builder.Environment.ApplicationName));
        }

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

    // The SDK sets memory aside for every series that an instrument may come to have, 2,000 by itself. Those of the platform have a handful.
    private static MetricStreamConfiguration? StreamOf(Instrument instrument) =>
        instrument.Meter.Name is "System.Runtime" or KestrelMeter ? new MetricStreamConfiguration { CardinalityLimit = 100 } : null;

    // This sampler drops every span, also under one of the caller that is sampled. A source that is listened to would make them all the same.
    private static bool IsTracingOff(this IHostApplicationBuilder builder) =>
        string.Equals(builder.Configuration["OTEL_TRACES_SAMPLER"], "always_off", StringComparison.OrdinalIgnoreCase);

    private static bool HasOtlpEndpoint(this IHostApplicationBuilder builder) =>
        !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
}
