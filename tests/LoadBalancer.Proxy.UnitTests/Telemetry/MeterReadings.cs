using System.Diagnostics.Metrics;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

/// <summary>The instruments of one meter factory, and what they measure, as lines of text.</summary>
internal sealed class MeterReadings : IDisposable
{
    private readonly MeterListener _listener = new();

    public MeterReadings()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == Factory)
            {
                Instruments.Add(instrument.Name, instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public MeterFactory Factory { get; } = new();

    /// <summary>By name.</summary>
    public Dictionary<string, Instrument> Instruments { get; } = [];

    /// <summary>Each as name, value and tags in the order of their names.</summary>
    public List<string> Measured { get; } = [];

    /// <summary>Asks the observed instruments.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    /// <summary>Asks the observed instruments, and gives what this instrument has measured since it was read last.</summary>
    public List<string> Read(string instrument)
    {
        Observe();
        var read = Measured.FindAll(measured => measured.StartsWith(instrument + " ", StringComparison.Ordinal));
        Measured.RemoveAll(read.Contains);
        return read;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Factory.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Measured.Add(FormattableString.Invariant($"{instrument.Name} {value} {string.Join(' ', tags.ToArray().OrderBy(tag => tag.Key).Select(tag => $"{tag.Key}={tag.Value}"))}"));
}
