using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>Says on the console when the application is up: when the load balancer serves and every destination is healthy, or will not be for long.</summary>
internal sealed class StartupSummary(
    IResourceWithEndpoints proxy, IReadOnlyList<IResourceWithEndpoints> backends, IConfiguration settings, ResourceNotificationService notifications) : BackgroundService
{
    // The first probe may come before the backend listens; the next is there in two seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Console.WriteLine($"Starting the load balancer and {backends.Count} backends; Ctrl+C ends them.");
        var started = await notifications.WaitForResourceAsync(proxy.Name, [KnownResourceStates.Running, .. KnownResourceStates.TerminalStates], stoppingToken);
        if (started != KnownResourceStates.Running)
        {
            Console.Error.WriteLine($"The load balancer did not start ({started}); the console log of '{proxy.Name}' in the dashboard says why.");
            return;
        }

        await notifications.WaitForResourceHealthyAsync(proxy.Name, stoppingToken);
        List<(string Name, string Where)> lines = [("load balancer", proxy.GetEndpoint("http").Url), ("admin page", proxy.GetEndpoint("admin").Url)];
        if (settings.HasDashboard)
        {
            lines.Add(("dashboard", DashboardUrl()));
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(Patience);
        foreach (var backend in backends)
        {
            var url = backend.GetEndpoint("http").Url;
            lines.Add((backend.Name, await IsHealthyAsync(backend, patience.Token) ? url : $"{url} (not healthy yet)"));
        }

        var width = lines.Max(line => line.Name.Length);
        Console.WriteLine($"The load balancer is up.\n{string.Join('\n', lines.Select(line => $"  {line.Name.PadRight(width)}  {line.Where}"))}");
    }

    private async Task<bool> IsHealthyAsync(IResource backend, CancellationToken cancellationToken)
    {
        try
        {
            await notifications.WaitForResourceAsync(DestinationResource.NameOf(proxy.Name, backend.Name), DestinationState.Healthy, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private string DashboardUrl()
    {
        var address = $"http://localhost:{settings.DashboardPort}";
        return settings["AppHost:BrowserToken"] is { Length: > 0 } token && !settings.Flag(Settings.AnonymousDashboard, fallback: false)
            ? $"{address}/login?t={token}"
            : address;
    }
}

/// <summary>Adds the summary to the application.</summary>
internal static class StartupSummaryExtensions
{
    /// <summary>Lets the application say when it is up.</summary>
    public static void AddStartupSummary<TProxy, TBackend>(
        this IDistributedApplicationBuilder builder, IResourceBuilder<TProxy> proxy, IReadOnlyList<IResourceBuilder<TBackend>> backends)
        where TProxy : IResourceWithEndpoints
        where TBackend : IResourceWithEndpoints
    {
        if (builder.ExecutionContext.IsRunMode && builder.HasFixedPorts)
        {
            IReadOnlyList<IResourceWithEndpoints> served = [.. backends.Select(backend => backend.Resource)];
            builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<StartupSummary>(services, proxy.Resource, served));
        }
    }
}
