using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>
/// The metrics as Prometheus reads them. They are counted from the first time that somebody reads: until then no listener is attached to any instrument,
/// and a proxy that nobody scrapes pays nothing. Rates, which is what counters are read for, lose nothing by that.
/// </summary>
/// <param name="services">What the exporter needs.</param>
internal sealed class PrometheusMetrics(IServiceProvider services) : IDisposable
{
    // Those of the platform about requests are not among them: one of their tags is what clients send as Host.
    private static readonly string[] Meters = [ProxyMetrics.Name, "System.Runtime"];

    private readonly Lock _lock = new();
    private volatile RequestDelegate? _answer;
    private MeterProvider? _provider;

    /// <summary>Answers a scrape.</summary>
    public Task AnswerAsync(HttpContext context) => (_answer ?? Begin())(context);

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _provider?.Dispose();
        }
    }

    private RequestDelegate Begin()
    {
        lock (_lock)
        {
            if (_answer is { } begun)
            {
                return begun;
            }

            var own = services.GetRequiredService<IMeterFactory>();
            _provider = Sdk.CreateMeterProviderBuilder()
                .AddMeter(Meters)
                .AddView(instrument => IsOf(instrument.Meter, own) ? null : MetricStreamConfiguration.Drop)
                .AddPrometheusExporter()
                .Build();
            var pipeline = new ApplicationBuilder(services);
            pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
            return _answer = pipeline.Build();
        }
    }

    // Where several proxies run in one process, their meters have the same names. Those of the runtime are of nobody.
    private static bool IsOf(Meter meter, IMeterFactory own) => meter.Scope is null || ReferenceEquals(meter.Scope, own);
}
