using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>
/// The metrics as Prometheus reads them. They are counted from the first time that somebody reads: until then no listener is attached to any instrument,
/// and a proxy that nobody scrapes pays nothing. Rates, which is what counters are read for, lose nothing by that. So they lose nothing either when counting
/// begins anew, as it does once more destinations have been seen than there is room for: the SDK keeps the series of each that ever was.
/// </summary>
/// <param name="services">What the exporter needs.</param>
internal sealed class PrometheusMetrics(IServiceProvider services) : IDisposable
{
    // What the SDK has room for by itself, for each instrument.
    private const int LeastSeries = 2_000;

    // Destinations that come and go, besides half as many as there are.
    private const int SpareDestinations = 100;

    // Those of the platform about requests are not among them: one of their tags is what clients send as Host.
    private static readonly string[] Meters = [ProxyMetrics.Name, "System.Runtime"];

    private readonly ProxyMetrics _metrics = services.GetRequiredService<ProxyMetrics>();
    private readonly HashSet<(string Cluster, string Destination)> _seen = [];
    private readonly Lock _lock = new();
    private Exporter? _exporter;
    private int _scrapes;

    /// <summary>Answers a scrape.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var answer = Enter();
        try
        {
            await answer(context);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _exporter?.Provider.Dispose();
        }
    }

    private RequestDelegate Enter()
    {
        lock (_lock)
        {
            _scrapes++;
            return (_exporter ??= Begin()).Answer;
        }
    }

    // Behind an answer, so that what was counted up to it has been told.
    private void Leave()
    {
        lock (_lock)
        {
            _seen.UnionWith(Destinations());
            if (--_scrapes == 0 && _seen.Count > _exporter!.Destinations)
            {
                _exporter.Provider.Dispose();
                _exporter = Begin();
            }
        }
    }

    private Exporter Begin()
    {
        _seen.Clear();
        _seen.UnionWith(Destinations());
        var room = _seen.Count + (_seen.Count / 2) + SpareDestinations;
        var own = services.GetRequiredService<IMeterFactory>();
        var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(Meters)
            .AddView(instrument => IsOf(instrument.Meter, own) ? StreamOf(instrument, room) : MetricStreamConfiguration.Drop)
            .AddPrometheusExporter()
            .Build();
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(provider, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        return new Exporter(provider, pipeline.Build(), room);
    }

    // The SDK sets memory aside for every series that an instrument may come to have.
    private static MetricStreamConfiguration StreamOf(Instrument instrument, int destinations) =>
        new() { CardinalityLimit = Math.Max(LeastSeries, destinations * SeriesOfDestination(instrument.Name)) };

    private static int SeriesOfDestination(string instrument) => instrument switch
    {
        // Methods and status codes, or outcomes.
        "http.client.request.duration" or "lb.requests" or "lb.attempts" or "lb.mirrored" => 16,
        "lb.health.transitions" or "lb.ejections" or "lb.breaker.transitions" => 4,
        "lb.destination.available" or "lb.destination.weight" or "lb.destination.inflight" or "lb.retries" or "lb.hedges" => 1,
        _ => 0,
    };

    private IEnumerable<(string Cluster, string Destination)> Destinations() => _metrics.ReadDestinations().Select(reading => (reading.Cluster, reading.Destination));

    // Where several proxies run in one process, their meters have the same names. Those of the runtime are of nobody.
    private static bool IsOf(Meter meter, IMeterFactory own) => meter.Scope is null || ReferenceEquals(meter.Scope, own);

    /// <param name="Provider">What counts.</param>
    /// <param name="Answer">Answers a scrape.</param>
    /// <param name="Destinations">Of how many destinations there is room for the series.</param>
    private sealed record Exporter(MeterProvider Provider, RequestDelegate Answer, int Destinations);
}
