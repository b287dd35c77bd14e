using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Testing;

/// <summary>Keeps every measurement of one host's proxy meter.</summary>
public sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _measured = new();
    private readonly ConcurrentQueue<Measured> _observed = new();

    /// <summary>Listens to the meter of this host, and to no other's.</summary>
    public RecordedMetrics(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ProxyMetrics.Name && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, (long)value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of what was measured by an instrument with these tags, each <c>name=value</c>.</summary>
    public long Sum(string instrument, params string[] tags)
    {
        // Some are told of what they measure when somebody reads.
        Read();
        return Of(_measured, instrument, tags).Sum(measured => measured.Value);
    }

    /// <summary>How often an instrument has measured something with these tags, each <c>name=value</c>.</summary>
    public int Count(string instrument, params string[] tags) => Of(_measured, instrument, tags).Count();

    /// <summary>Asks the observed instruments, and gives what this one says now.</summary>
    public long Observe(string instrument, params string[] tags) => Observed(instrument, tags).Single().Value;

    /// <summary>Asks the observed instruments, and gives the sum of what this one says now.</summary>
    public long ObserveSum(string instrument) => Observed(instrument, []).Sum(measured => measured.Value);

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private IEnumerable<Measured> Observed(string instrument, string[] tags)
    {
        Read();
        return Of(_observed, instrument, tags);
    }

    private void Read()
    {
        _observed.Clear();
        _listener.RecordObservableInstruments();
    }

    private static IEnumerable<Measured> Of(IEnumerable<Measured> all, string instrument, string[] tags) =>
        all.Where(measured => measured.Instrument == instrument && tags.All(measured.Tags.Contains));

    private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new HashSet<string>();
        foreach (var (name, tag) in tags)
        {
            texts.Add($"{name}={tag}");
        }

        (instrument.IsObservable ? _observed : _measured).Enqueue(new Measured(instrument.Name, value, texts));
    }

    private sealed record Measured(string Instrument, long Value, HashSet<string> Tags);
}
