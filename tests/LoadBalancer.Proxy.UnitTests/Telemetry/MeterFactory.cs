using System.Diagnostics.Metrics;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

/// <summary>Makes meters that can be told from those of other tests by their scope.</summary>
internal sealed class MeterFactory : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
