using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>Runs the application until there is nothing left of it.</summary>
internal static class ApplicationRun
{
    // Aspire's orchestrator gives each process ten seconds before it kills it.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Publishes the application, or starts it and waits for its end: that of the host, then that of its children, so that a new start finds its ports free.</summary>
    /// <param name="application">The application.</param>
    /// <param name="ports">The ports that it needs, and that must be free again at the end.</param>
    /// <returns>The exit code of the program.</returns>
    /// <exception cref="DistributedApplicationException">A step of publishing failed, or a port is taken; nothing was started then.</exception>
    public static async Task<int> RunToEndAsync(this DistributedApplication application, FixedPorts ports)
    {
        var services = application.Services;
        if (services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            await PublishAsync(application);
            return 0;
        }

        ports.EnsureFree();
        IReadOnlyList<Func<bool>> children = [];
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => children = ChildProcesses.Find());
        await application.RunAsync();
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < LongestEnd && (children.Any(isRunning => isRunning()) || !ports.AreFree))
        {
            await Task.Delay(LookEvery, TimeProvider.System, CancellationToken.None);
        }

        return 0;
    }

    // The host ends with 0 whatever became of the pipeline, which is a background service of it. (When the application runs, these services must not be asked for before it does.)
    private static async Task PublishAsync(DistributedApplication application)
    {
        List<BackgroundService> pipeline = [.. application.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
        await application.RunAsync();
        if (pipeline.Select(service => service.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(failure => failure is not null) is { } reason)
        {
            throw new DistributedApplicationException((reason.InnerException ?? reason).Message, reason);
        }
    }
}
