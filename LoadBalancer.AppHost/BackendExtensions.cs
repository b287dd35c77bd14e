/// <summary>What the dashboard offers on a backend beyond the usual: commands that switch its faults.</summary>
internal static class BackendExtensions
{
    /// <summary>Adds the commands.</summary>
    public static IResourceBuilder<T> WithFaultCommands<T>(this IResourceBuilder<T> backend) where T : IResourceWithEndpoints => backend
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
}
