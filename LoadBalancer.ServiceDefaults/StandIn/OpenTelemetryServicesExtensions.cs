// Stands in for the package OpenTelemetry.Extensions.Hosting where the feed lacks it: the same names, only the members in use here.
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

internal static class OpenTelemetryServicesExtensions
{
    /// <summary>Registers telemetry: what <c>WithMetrics</c> and its siblings add is started and stopped with the host.</summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        // First of all hosted services, so that the start of the others is seen.
        if (!services.Any(service => service.ImplementationType == typeof(TelemetryStarter)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryStarter>());
        }

        return new OpenTelemetryBuilder(services);
    }

    /// <summary>Makes the providers at start. The container owns them: disposing it exports what they still hold.</summary>
    private sealed class TelemetryStarter(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = services.GetService<MeterProvider>();
            _ = services.GetService<TracerProvider>();
            _ = services.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
