using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Admin;

/// <summary>What becomes of a request to the admin listener. A pipeline of its own, so that no path of it can be matched by a request of a client.</summary>
internal static class AdminPipeline
{
    /// <summary>The longest body of a call, in bytes. Those that are meant have some twenty.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>Makes the pipeline.</summary>
    public static RequestDelegate Create(IServiceProvider services)
    {
        var admin = new ApplicationBuilder(services);
        admin.Use(LimitBody);
        // Refusals of the framework, such as those of an unknown path or method, have no body of their own.
        admin.UseStatusCodePages(static context => Results.Problem(statusCode: context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
        admin.UseRouting();
        admin.Use(services.GetRequiredService<AdminAccess>().CheckAsync);
        admin.Use(CrossSiteGuard.CheckAsync);
        admin.UseEndpoints(endpoints =>
        {
            var open = endpoints.MapGroup("").AllowAnonymous();
            open.MapDefaultEndpoints();
            open.MapStatusPage();
            endpoints.MapAdminApi();
            endpoints.MapGet("/metrics", services.GetRequiredService<PrometheusMetrics>().AnswerAsync).DisableHttpMetrics();
        });
        return admin.Build();
    }

    private static Task LimitBody(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBody;
        }

        return next(context);
    }
}
