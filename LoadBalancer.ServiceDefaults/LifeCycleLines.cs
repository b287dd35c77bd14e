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
    public static IServiceCollection AddLifeCycleLines(this IServiceCollection services) => services.AddHostedService<LifeCycleLogger>();
}

internal sealed partial class LifeCycleLogger(IServer server, IHostApplicationLifetime lifetime, ILogger<LifeCycleLogger> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(LogAddresses);
        lifetime.ApplicationStopping.Register(() => Log.Stopping(logger));
        lifetime.ApplicationStopped.Register(() => Log.Stopped(logger));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void LogAddresses()
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            Log.Listening(logger, address);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "server listening on {Address}")]
        public static partial void Listening(ILogger logger, string address);

        [LoggerMessage(2, LogLevel.Information, "gracefully shutting down server")]
        public static partial void Stopping(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "server shutdown complete")]
        public static partial void Stopped(ILogger logger);
    }
}
