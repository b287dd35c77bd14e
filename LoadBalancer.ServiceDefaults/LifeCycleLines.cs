using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.ServiceDefaults;

/// <summary>The lines that tell when a program listens, begins to stop, and has stopped.</summary>
public static class LifeCycleLines
{
    /// <summary>Logs <c>server listening on X</c> for each address, <c>gracefully shutting down server</c> and <c>server shutdown complete</c>.</summary>
    /// <param name="services">Where the lines are registered; services registered after them begin their work after the first line.</param>
    /// <param name="addresses">The addresses to name, and by what each is served where that is worth a word; asked for once the program listens. Default: every address of the web server.</param>
    public static IServiceCollection AddLifeCycleLines(this IServiceCollection services, Func<IServiceProvider, IEnumerable<(string Address, string? Engine)>>? addresses = null) =>
        services.AddHostedService(provider => new LifeCycleLogger(
            () => addresses?.Invoke(provider) ?? AddressesOf(provider.GetRequiredService<IServer>()),
            provider.GetRequiredService<ILogger<LifeCycleLogger>>()));

    private static IEnumerable<(string Address, string? Engine)> AddressesOf(IServer server) =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(static address => (address, default(string))) ?? [];
}

internal sealed partial class LifeCycleLogger(Func<IEnumerable<(string Address, string? Engine)>> addresses, ILogger<LifeCycleLogger> logger) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var (address, engine) in addresses())
        {
            if (engine is null)
            {
                Log.Listening(logger, address);
            }
            else
            {
                Log.ListeningBy(logger, address, engine);
            }
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Log.Stopping(logger);
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Log.Stopped(logger);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "server listening on {Address}")]
        public static partial void Listening(ILogger logger, string address);

        [LoggerMessage(4, LogLevel.Information, "server listening on {Address} ({Engine})")]
        public static partial void ListeningBy(ILogger logger, string address, string engine);

        [LoggerMessage(2, LogLevel.Information, "gracefully shutting down server")]
        public static partial void Stopping(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "server shutdown complete")]
        public static partial void Stopped(ILogger logger);
    }
}
