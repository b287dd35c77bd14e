using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace LoadBalancer.ServiceDefaults;

/// <summary>What every program of the application has in common: telemetry, health endpoints, discovery.</summary>
public static class Extensions
{
    /// <summary>Telemetry and health checks, for a program that makes its own request spans.</summary>
    public static TBuilder AddBasicServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => builder;

    /// <summary>The basic defaults, and a span for each request that ASP.NET Core serves.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder =>
        builder.AddBasicServiceDefaults();

    /// <summary>Maps <c>/health</c> and <c>/alive</c>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app) => app;
}
