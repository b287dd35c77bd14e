using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>What the dashboard shows and offers beyond the usual: links, commands, and the proxy's own view of its backends.</summary>
internal static class DashboardExtensions
{
    // The proxy is on this machine, whatever HTTP_PROXY says of the way out.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Names the addresses of the proxy.</summary>
    public static IResourceBuilder<ProjectResource> WithLinks(this IResourceBuilder<ProjectResource> proxy) => proxy
        .WithUrlForEndpoint("http", url => url.DisplayText = "Load balancer")
        .WithUrlForEndpoint("admin", url => url.DisplayText = "Admin page")
        .WithUrl($"{proxy.GetEndpoint("admin")}/api/clusters", "Clusters");

    /// <summary>Adds the commands that make a backend unwell, and well again.</summary>
    public static IResourceBuilder<ProjectResource> WithFaultCommands(this IResourceBuilder<ProjectResource> backend) => backend
        .WithHttpCommand("/faults/toggle-health", "Toggle health", commandName: "toggle-health", commandOptions: new HttpCommandOptions
        {
            Description = "Toggle health: let the health endpoint answer 500, or 200 again",
            IconName = "HeartPulse",
            IsHighlighted = true,
        })
        .WithHttpCommand("/faults/delay", "Slow down", commandName: "slow-down", commandOptions: new HttpCommandOptions
        {
            Description = "Let every request wait a second",
            IconName = "Timer",
            // A path cannot carry a query: the host would escape it.
            PrepareRequest = context =>
            {
                context.Request.RequestUri = new Uri(context.Request.RequestUri!, "?ms=1000");
                return Task.CompletedTask;
            },
        })
        .WithHttpCommand("/faults/clear", "Clear faults", commandName: "clear-faults", commandOptions: new HttpCommandOptions
        {
            Description = "End everything that was switched on",
            IconName = "Broom",
        });

    /// <summary>Shows what the proxy thinks of a backend as a health report of the proxy, and lets its operator drain and resume it.</summary>
    public static IResourceBuilder<ProjectResource> WithViewOf(this IResourceBuilder<ProjectResource> proxy, string backend)
    {
        var admin = proxy.GetEndpoint("admin");
        var key = $"lb_{backend}";
        proxy.ApplicationBuilder.Services.AddHealthChecks()
            .AddAsyncCheck(key, cancellationToken => ViewAsync(admin.Url, backend, cancellationToken));
        return proxy
            .WithHealthCheck(key)
            .WithStateCommand(backend, "Drain", "draining", "No new requests for it; those in flight are finished", "ArrowExit")
            .WithStateCommand(backend, "Resume", "active", "Requests for it again", "ArrowEnter");
    }

    private static IResourceBuilder<ProjectResource> WithStateCommand(
        this IResourceBuilder<ProjectResource> proxy,
        string backend,
        string verb,
        string state,
        string description,
        string icon) =>
        proxy.WithHttpCommand(
            $"/api/clusters/backend/destinations/{backend}",
            $"{verb} {backend}",
            endpointName: "admin",
            commandName: $"{verb.ToLowerInvariant()}-{backend}",
            commandOptions: new HttpCommandOptions
            {
                Method = HttpMethod.Patch,
                Description = description,
                IconName = icon,
                PrepareRequest = context =>
                {
                    context.Request.Content = JsonContent.Create(new { state });
                    return Task.CompletedTask;
                },
            });

    // A backend that is out degrades the load balancer; it does not make it unhealthy.
    private static async Task<HealthCheckResult> ViewAsync(string admin, string backend, CancellationToken cancellationToken)
    {
        JsonElement view;
        try
        {
            view = await Client.GetFromJsonAsync<JsonElement>($"{admin}/api/clusters", cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return HealthCheckResult.Unhealthy($"The admin API does not answer: {exception.Message}");
        }

        foreach (var destination in view.GetProperty("clusters").EnumerateArray().SelectMany(cluster => cluster.GetProperty("destinations").EnumerateArray()))
        {
            if (destination.GetProperty("name").GetString() == backend)
            {
                var reason = $"{destination.GetProperty("health")}: {destination.GetProperty("reason")}";
                return destination.GetProperty("available").GetBoolean() ? HealthCheckResult.Healthy(reason) : HealthCheckResult.Degraded(reason);
            }
        }
        return HealthCheckResult.Degraded("The proxy does not know it.");
    }
}
