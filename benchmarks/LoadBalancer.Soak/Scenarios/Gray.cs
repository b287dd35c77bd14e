using LoadBalancer.Soak.Load;

namespace LoadBalancer.Soak.Scenarios;

/// <summary>One destination becomes ten times as slow and never fails: <c>PeakEwma</c> hardly asks it.</summary>
internal sealed class GrayPeakEwma : Scenario
{
    private const double MostShare = 0.05;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    public override async Task<IReadOnlyList<Bar>> RunAsync(SoakOptions options, TextWriter output, CancellationToken stop)
    {
        await using var bed = await SoakBed.StartAsync("\"LoadBalancingPolicy\": \"PeakEwma\",", stop);
        await using var clients = new Clients(bed.Address);
        await Task.Delay(Before, TimeProvider.System, stop);
        var from = clients.Elapsed;
        bed.Destinations[0].Tell("slow");
        await Task.Delay(Within + After, TimeProvider.System, stop);
        var tally = await clients.StopAsync();
        var name = bed.Destinations[0].Name;
        for (var second = 0; second < Within.TotalSeconds; second++)
        {
            output.WriteLine(FormattableString.Invariant($"second {second + 1}: {tally.ShareOf(name, from + TimeSpan.FromSeconds(second), from + TimeSpan.FromSeconds(second + 1)):0.000}"));
        }

        return
        [
            Bar.AtMost("share of the gray destination 10 s after it became slow", tally.ShareOf(name, from + Within, from + Within + After), MostShare),
            Bar.AtMost("errors", tally.Requests - tally.Count(Ending.Answered), 0),
        ];
    }
}

/// <summary>One destination becomes ten times as slow and never fails: it is ejected by its latency.</summary>
internal sealed class GrayEjection : Scenario
{
    private const double Most = 20;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    public override async Task<IReadOnlyList<Bar>> RunAsync(SoakOptions options, TextWriter output, CancellationToken stop)
    {
        await using var bed = await SoakBed.StartAsync("\"OutlierDetection\": { \"Latency\": {} },", stop);
        await using var clients = new Clients(bed.Address);
        await Task.Delay(Before, TimeProvider.System, stop);
        bed.Destinations[0].Tell("slow");
        var reason = "";
        var after = await bed.WaitAsync(readings => (reason = readings[bed.Destinations[0].Name].EjectionReason) is not null, TimeSpan.FromSeconds(Most), stop);
        var tally = await clients.StopAsync();
        output.WriteLine($"ejected because: {reason}");
        return
        [
            Bar.AtMost("ejected by its latency after", after?.TotalSeconds, Most, " s"),
            Bar.AtMost("errors", tally.Requests - tally.Count(Ending.Answered), 0),
        ];
    }
}
