using System.Globalization;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Soak.Destinations;
using LoadBalancer.Soak.Load;

namespace LoadBalancer.Soak.Scenarios;

/// <summary>Every fault of each destination in turn: no client sees anything of it.</summary>
/// <param name="isBudgetFull">Whether as many attempts may be repeated as there are; else it is the default.</param>
internal sealed class Faults(bool isBudgetFull) : Scenario
{
    private const int Rounds = 2;
    private const double MostShed = 0.01;
    private const double MostGrowth = 1.1;

    // Interval x Fall + Timeout, and as much with Rise; and what the looking adds to it.
    private const double Bound = 1.5;
    private const double Looking = 0.1;

    /// <inheritdoc />
    public override async Task<IReadOnlyList<Bar>> RunAsync(SoakOptions options, TextWriter output, CancellationToken stop)
    {
        var budget = isBudgetFull ? "\"Retry\": { \"Budget\": { \"Share\": 1 } }," : "";
        await using var bed = await SoakBed.StartAsync($$"""{{budget}} "HttpRequest": { "FirstByteTimeout": "1s" }, "OutlierDetection": { "ConsecutiveFailures": 3 },""", stop);
        await using var clients = new Clients(bed.Address);
        var schedule = FaultSpan.Schedule(options.Round, options.IsQuick ? 1 : bed.Destinations.Count, bed.Destinations.Count);
        var (seen, megabytes) = (new List<Seen>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var from = clients.Elapsed;
            foreach (var span in schedule)
            {
                await Task.Delay(Positive(from + span.From - clients.Elapsed), TimeProvider.System, stop);
                seen.Add(await BreakAsync(bed, clients, span, stop));
            }

            megabytes.Add(bed.ReadMegabytes());
        }

        var tally = await clients.StopAsync();
        return Judge(tally, await bed.ReadRefusedRetriesAsync(stop), seen, megabytes, output);
    }

    private static async Task<Seen> BreakAsync(SoakBed bed, Clients clients, FaultSpan span, CancellationToken stop)
    {
        var (destination, length, isOut) = (bed.Destinations[span.Destination], span.To - span.From, span.Fault != Fault.Slow);
        var from = clients.Elapsed;
        await destination.BreakAsync(span.Fault);
        var outAfter = isOut ? await bed.WaitAsync(readings => !readings[destination.Name].IsAvailable, length, stop) : null;
        await Task.Delay(Positive(from + length - clients.Elapsed), TimeProvider.System, stop);
        await destination.MendAsync(span.Fault, stop);
        var backAfter = isOut ? await bed.WaitAsync(readings => readings.Values.All(reading => reading.IsAvailable), TimeSpan.FromSeconds(10), stop) : null;
        return new Seen(span, from, outAfter, backAfter, clients.Elapsed);
    }

    private List<Bar> Judge(Tally tally, long refused, List<Seen> seen, List<double> megabytes, TextWriter output)
    {
        var failing = seen.Where(one => one.Span.Fault != Fault.Slow).ToList();
        var exposures = failing.Select(one => (one.From, one.OutAfter is { } after ? one.From + after : one.To)).ToList();
        var (shed, unexcused) = (tally.ShedWithin(exposures, refused), tally.Unexcused(exposures, refused));
        var table = new Table("requests", "status", "broken before the answer", "broken in the answer", "refused by the budget", "shed before ejection", "p50 ms", "p99 ms", "RSS MiB first", "RSS MiB end");
        table.Add(Text(tally.Requests), tally.Statuses, Text(tally.Count(Ending.BrokenBefore)), Text(tally.Count(Ending.BrokenAfter)), Text(refused), Text(shed), Text(tally.Milliseconds(0.5)), Text(tally.Milliseconds(0.99)), Text(megabytes[0]), Text(megabytes[^1]));
        output.WriteLine(table);
        var times = new Table("fault", "longest until out, s", "longest until back, s");
        foreach (var group in failing.GroupBy(one => one.Span.Fault))
        {
            times.Add(group.Key.ToString(), Text(Longest(group.Select(one => one.OutAfter))), Text(Longest(group.Select(one => one.BackAfter))));
        }

        output.WriteLine(times);
        return
        [
            Bar.AtMost("errors that nothing excuses", unexcused, 0),
            Bar.AtMost("share shed before ejections", shed / (double)tally.Requests, isBudgetFull ? 0 : MostShed),
            Bar.AtMost("RSS at the end to RSS after the first round", megabytes[^1] / megabytes[0], MostGrowth),
            Bar.AtMost("unavailable after", Longest(failing.Select(one => one.OutAfter)), Bound + Looking, " s"),
            Bar.AtMost("back after", Longest(failing.Select(one => one.BackAfter)), Bound + Looking, " s"),
        ];
    }

    // One that never came makes all of them late.
    private static double? Longest(IEnumerable<TimeSpan?> times) => times.ToList() is var all && all.TrueForAll(time => time is not null) ? all.Max(time => time!.Value.TotalSeconds) : null;

    private static TimeSpan Positive(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    private static string Text(double? figure) => figure is { } value ? value.ToString("0.##", CultureInfo.InvariantCulture) : "never";

    /// <summary>What was seen of a fault.</summary>
    private sealed record Seen(FaultSpan Span, TimeSpan From, TimeSpan? OutAfter, TimeSpan? BackAfter, TimeSpan To);
}
