using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class PeakEwmaPickerTests(ITestOutputHelper output)
{
    private const long Second = TimeSpan.TicksPerSecond;

    [Theory]
    [InlineData(3, 20)]
    [InlineData(3, 100)]
    [InlineData(3, 500)]
    [InlineData(10, 1_000)]
    public void One_that_is_ten_times_slower_and_never_fails_gets_under_5_percent_of_the_first_10_seconds(int count, double perSecond)
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, [.. Enumerable.Range(0, count).Select(i => i == 1 ? "100" : "10")]);

        var shares = Tell(line.Run(10, perSecond));

        Assert.InRange(shares[1], 0, 0.05);
    }

    [Fact]
    public void One_that_becomes_slow_loses_its_share_within_10_seconds()
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, "10", "10", "10");
        line.Run(30, 200);
        line.Behaviours[1] = "100";

        Assert.InRange(Tell(line.Run(10, 200))[1], 0, 0.05);
    }

    [Theory]
    [InlineData("500 1", "10")]
    [InlineData("503 0.1", "200")]
    [InlineData("429 1", "10")]
    [InlineData("500 1", "20000")]
    public void One_that_fails_quickly_gets_at_most_its_share(string failing, string others)
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, others, failing, others);

        Assert.InRange(Tell(line.Run(60, 100))[1], 0, 1.0 / 3);
    }

    [Fact]
    public void By_requests_in_flight_alone_it_would_draw_nearly_all_to_itself()
    {
        var line = new LoadLine(LoadBalancingPolicy.LeastRequests, "200", "500 1", "200");

        Assert.InRange(Tell(line.Run(60, 200))[1], 0.8, 1);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("500 1")]
    public void One_that_has_recovered_is_asked_again_and_has_its_share_within_two_minutes(string before)
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, "10", before, "10");
        line.Run(30, 200);
        line.Behaviours[1] = "10";
        line.Run(120, 200);

        Assert.InRange(Tell(line.Run(30, 200))[1], 0.2, 0.45);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("500 1")]
    [InlineData("429 1")]
    public void Nobody_starves(string behaviour)
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, "10", behaviour, "10");
        line.Run(30, 200);
        var before = line.Destinations[1].Load.Attempts;

        line.Run(120, 200);

        Assert.InRange(line.Destinations[1].Load.Attempts - before, 1, 1_000);
    }

    [Fact]
    public void Equal_ones_share_the_load()
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, "10", "10", "10", "10");

        Assert.All(Tell(line.Run(60, 400)), share => Assert.InRange(share, 0.2, 0.3));
    }

    [Fact]
    public void One_that_stops_to_answer_holds_no_more_than_a_few_requests()
    {
        var line = new LoadLine(LoadBalancingPolicy.PeakEwma, "10", "10", "10");
        line.Run(10, 200);
        line.Behaviours[1] = "hang";

        line.Run(100, 200);

        output.WriteLine($"in flight: {line.Destinations[1].Load.InFlight}");
        Assert.InRange(line.Destinations[1].Load.InFlight, 1, 50);
    }

    [Fact]
    public void One_without_an_answer_so_far_is_tried_at_once_by_one_request()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.PeakEwma, 2);
        candidates.Begin();
        candidates.End(candidates.Destinations[0].Load.InFlight == 1 ? 0 : 1, now: 0, toHead: 10 * TimeSpan.TicksPerMillisecond);

        var picks = Enumerable.Range(0, 5).Select(_ => candidates.Begin(now: 1)).ToArray();

        Assert.Single(picks, picks[0]);
    }

    [Fact]
    public void One_that_asked_to_be_left_alone_is_until_its_time_is_over()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.PeakEwma, 4);
        foreach (var index in new[] { 0, 1, 3 })
        {
            candidates.Destinations[index].Load.HoldOff(5 * Second, now: 0);
        }

        Assert.Equal([0, 0, 1_000, 0], Enumerable.Range(0, 1_000).Select(_ => candidates.Pick(now: 5 * Second - 1)).GroupBy(index => index).Aggregate(new int[4], (counts, group) =>
        {
            counts[group.Key] = group.Count();
            return counts;
        }));
        Assert.Contains(0, Enumerable.Range(0, 100).Select(_ => candidates.Pick(now: 5 * Second)));
    }

    [Fact]
    public void Where_all_asked_for_it_one_is_asked_all_the_same()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.PeakEwma, 2);
        Array.ForEach(candidates.Destinations, destination => destination.Load.HoldOff(5 * Second, now: 0));

        Assert.InRange(candidates.Pick(now: 1), 0, 1);
    }

    [Fact]
    public void However_long_it_wants_to_be_left_alone_it_is_for_a_minute_at_most()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.PeakEwma, 2);
        candidates.Destinations[0].Load.HoldOff(TimeSpan.TicksPerDay, now: 0);

        Assert.Equal((true, false), (candidates.Destinations[0].Load.IsHeldOff(60 * Second - 1), candidates.Destinations[0].Load.IsHeldOff(60 * Second)));
    }

    private double[] Tell(double[] shares)
    {
        output.WriteLine(string.Join(", ", shares.Select(share => share.ToString("0.0 %", System.Globalization.CultureInfo.InvariantCulture))));
        return shares;
    }
}
