using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

public sealed class OutcomeCounterTests : IDisposable
{
    private const string Name = "ended";

    private readonly MeterReadings _readings = new();
    private readonly OutcomeCounter _counter;

    public OutcomeCounterTests() => _counter = new OutcomeCounter(_readings.Factory.Create("test").CreateCounter<long>(Name));

    public void Dispose() => _readings.Dispose();

    [Fact]
    public void Nothing_is_told_before_somebody_reads()
    {
        _counter.Add("web", "a", RequestOutcome.Success);

        Assert.Empty(_readings.Measured);
    }

    [Fact]
    public void What_ended_alike_is_told_at_once()
    {
        _counter.Add("web", "a", RequestOutcome.Success);
        _counter.Add("web", "a", RequestOutcome.Success);
        _counter.Add("web", "a", RequestOutcome.Reset);
        _counter.Add("web", "b", RequestOutcome.Success);
        _counter.Add("api", "a", RequestOutcome.Success);
        _counter.Add("web", null, RequestOutcome.NoDestination);

        Assert.Equal(
            [
                "ended 1 lb.cluster=api lb.destination=a lb.outcome=success",
                "ended 1 lb.cluster=web lb.destination=a lb.outcome=reset",
                "ended 1 lb.cluster=web lb.destination=b lb.outcome=success",
                "ended 1 lb.cluster=web lb.outcome=no_destination",
                "ended 2 lb.cluster=web lb.destination=a lb.outcome=success",
            ],
            Told());
    }

    [Fact]
    public void Each_is_told_once()
    {
        for (var reading = 0; reading < 5; reading++)
        {
            _counter.Add("web", "a", RequestOutcome.Success);

            Assert.Equal(["ended 1 lb.cluster=web lb.destination=a lb.outcome=success"], Told());
            Assert.Empty(Told());
        }
    }

    [Fact]
    public async Task None_is_lost_of_what_threads_count_while_others_read()
    {
        const int threads = 4;
        const int each = 100_000;
        string[] destinations = ["a", "b", "c"];
        var told = 0L;
        using var factory = new MeterFactory();
        using var listener = Listen(factory, value => Interlocked.Add(ref told, value));
        var counter = new OutcomeCounter(factory.Create("many").CreateCounter<long>(Name));
        var counting = Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                counter.Add("web", destinations[i % destinations.Length], RequestOutcome.Success);
            }
        })).ToList();
        var reading = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!counting.TrueForAll(task => task.IsCompleted))
            {
                counter.Tell();
            }
        }));

        await Task.WhenAll([.. counting, .. reading]);
        counter.Tell();

        Assert.Equal(threads * each, Interlocked.Read(ref told));
    }

    [Fact]
    public void A_destination_that_is_asked_all_the_time_costs_no_memory()
    {
        for (var reading = 0; reading < 3; reading++)
        {
            _counter.Add("web", "a", RequestOutcome.Success);
            _counter.Tell();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _counter.Add("web", "a", RequestOutcome.Success);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void While_nobody_listens_nothing_is_counted()
    {
        using var factory = new MeterFactory();
        var counter = new OutcomeCounter(factory.Create("alone").CreateCounter<long>(Name));
        counter.Add("web", "a", RequestOutcome.Success);
        var told = 0L;
        using var listener = Listen(factory, value => told += value);

        counter.Tell();

        Assert.Equal(0, told);
    }

    private List<string> Told()
    {
        _counter.Tell();
        return [.. _readings.Read(Name).Order(StringComparer.Ordinal)];
    }

    private static MeterListener Listen(MeterFactory factory, Action<long> add)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => add(value));
        listener.Start();
        return listener;
    }
}
