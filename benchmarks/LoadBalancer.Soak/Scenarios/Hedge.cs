using System.Globalization;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Soak.Load;

namespace LoadBalancer.Soak.Scenarios;

/// <summary>One destination of three is ten times as slow in 5 % of its answers: with a hedge, clients hardly see it.</summary>
internal sealed class Hedge : Scenario
{
    private const double MostRatio = 0.5;

    /// <inheritdoc />
    public override async Task<IReadOnlyList<Bar>> RunAsync(SoakOptions options, TextWriter output, CancellationToken stop)
    {
        var length = TimeSpan.FromSeconds(options.IsQuick ? 5 : 20);
        var (without, with) = (await LoadAsync("", length, stop), await LoadAsync("\"Hedge\": { \"Delay\": \"40ms\" },", length, stop));
        var table = new Table("hedge", "requests", "errors", "p50 ms", "p99 ms");
        foreach (var (name, tally) in new[] { ("without", without), ("40 ms", with) })
        {
            table.Add(
                name,
                tally.Requests.ToString(CultureInfo.InvariantCulture),
                (tally.Requests - tally.Count(Ending.Answered)).ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{tally.Milliseconds(0.5):0.0}"),
                string.Create(CultureInfo.InvariantCulture, $"{tally.Milliseconds(0.99):0.0}"));
        }

        output.WriteLine(table);
        return
        [
            Bar.AtMost("p99 with a hedge to that without", with.Milliseconds(0.99) / without.Milliseconds(0.99), MostRatio),
            Bar.AtMost("errors", with.Requests - with.Count(Ending.Answered) + without.Requests - without.Count(Ending.Answered), 0),
        ];
    }

    private static async Task<Tally> LoadAsync(string cluster, TimeSpan length, CancellationToken stop)
    {
        await using var bed = await SoakBed.StartAsync(cluster, stop);
        bed.Destinations[0].Tell("slow 5");
        await using var clients = new Clients(bed.Address);
        await Task.Delay(length, TimeProvider.System, stop);
        return await clients.StopAsync();
    }
}
