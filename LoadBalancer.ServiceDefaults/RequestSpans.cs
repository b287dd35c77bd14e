using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.ServiceDefaults;

/// <summary>
/// Gives the spans of ASP.NET Core their name and attributes. .NET 10 starts one for each request, but leaves it without any.
/// </summary>
/// <remarks>OpenTelemetry semantic conventions for HTTP server spans, version 1.23 and later.</remarks>
internal sealed class RequestSpans : IStartupFilter
{
    // First in the pipeline, so that the status it sees is the one that went out.
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(DescribeAsync);
        next(app);
    };

    private static async Task DescribeAsync(HttpContext context, RequestDelegate next)
    {
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (span is not { IsAllDataRequested: true })
        {
            await next(context);
            return;
        }

        try
        {
            await next(context);
            Describe(span, context, context.Response.StatusCode, failure: null);
        }
        catch (Exception failure)
        {
            Describe(span, context, StatusCodes.Status500InternalServerError, failure);
            throw;
        }
    }

    private static void Describe(Activity span, HttpContext context, int status, Exception? failure)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<IDisableHttpMetricsMetadata>() is not null)
        {
            // What is kept out of the metrics (health checks, every few seconds) is no news in a trace either.
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            return;
        }

        var request = context.Request;
        var route = (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? request.Method : $"{request.Method} {route}";
        span.SetTag("http.request.method", request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", status);
        span.SetTag("url.scheme", request.Scheme);
        span.SetTag("url.path", request.Path.Value);
        span.SetTag("url.query", request.QueryString.HasValue ? request.QueryString.Value![1..] : null);
        span.SetTag("server.address", request.Host.Host);
        span.SetTag("server.port", request.Host.Port);
        span.SetTag("client.address", context.Connection.RemoteIpAddress?.ToString());
        span.SetTag("network.protocol.version", request.Protocol.Replace("HTTP/", "", StringComparison.Ordinal));
        span.SetTag("user_agent.original", request.Headers.UserAgent.Count > 0 ? request.Headers.UserAgent.ToString() : null);

        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetTag("error.type", failure?.GetType().FullName ?? status.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error, failure?.Message);
        }
    }
}
