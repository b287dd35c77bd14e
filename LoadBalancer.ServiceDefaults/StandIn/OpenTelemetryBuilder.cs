using Microsoft.Extensions.DependencyInjection;

namespace OpenTelemetry;

/// <summary>What <c>AddOpenTelemetry()</c> returns; the OpenTelemetry package extends the interface.</summary>
internal sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
{
    public IServiceCollection Services { get; } = services;
}
