using LoadBalancer.Proxy.Balancing;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class SmoothScheduleTests
{
    [Theory]
    [InlineData("5 1 1", "aabacaa")]
    [InlineData("1 1 1", "abc")]
    [InlineData("2 2 2", "abc")]
    [InlineData("1", "a")]
    [InlineData("7", "a")]
    [InlineData("3 1", "aaba")]
    [InlineData("30 10", "aaba")]
    [InlineData("1 2 3", "cbacbc")]
    [InlineData("0.1 0.2", "bab")]
    [InlineData("0.5 1 1", "bcabc")]
    public void A_round_is_spread_as_evenly_as_that_of_nginx(string weights, string round)
    {
        var schedule = new SmoothSchedule(Weights(weights));

        Assert.Equal(round + round, string.Concat(Enumerable.Range(0, 2 * round.Length).Select(turn => (char)('a' + schedule.OwnerOf((ulong)turn)))));
    }

    [Fact]
    public void A_hundred_thousand_turns_by_5_3_1_are_right_to_a_thousandth()
    {
        var counts = Count(new SmoothSchedule([5, 3, 1]), 3, 100_000);

        Assert.All(counts.Zip([5.0, 3.0, 1.0]), pair => Assert.InRange(pair.First / (100_000 * pair.Second / 9), 0.999, 1.001));
    }

    [Theory]
    [InlineData(3, 10)]
    [InlineData(20, 100)]
    [InlineData(700, 3)]
    [InlineData(1_000, 1_000)]
    [InlineData(300, 1_000)]
    public void In_each_round_everyone_has_as_many_turns_as_its_weight_says(int count, int heaviest)
    {
        var random = new Random(count);
        var weights = Enumerable.Range(0, count).Select(_ => (double)random.Next(1, heaviest + 1)).ToArray();
        weights[0] = 1;

        Assert.Equal(weights.Select(weight => (int)weight), Count(new SmoothSchedule(weights), count, (int)weights.Sum()));
    }

    // Too long to be written down turn by turn.
    [Fact]
    public void A_long_round_is_spread_evenly_too()
    {
        var random = new Random(2);
        var weights = Enumerable.Range(0, 300).Select(_ => (double)random.Next(1, 1_000)).ToArray();
        var (schedule, had, furthest) = (new SmoothSchedule(weights), new int[weights.Length], 0.0);
        for (var turn = 1; turn <= 20_000; turn++)
        {
            had[schedule.OwnerOf((ulong)turn)]++;
            if (turn % 100 == 0)
            {
                furthest = Math.Max(furthest, had.Select((count, i) => Math.Abs(count - (turn * weights[i] / weights.Sum()))).Max());
            }
        }

        // By lot it would be some 40.
        Assert.InRange(furthest, 0, 4);
    }

    [Fact]
    public void One_of_weight_1_beside_many_of_1000_has_a_thousandth_of_their_turns()
    {
        double[] weights = [1, .. Enumerable.Repeat(1_000.0, 499)];

        var counts = Count(new SmoothSchedule(weights), 500, 499_001);

        Assert.Equal((1, 1_000, 1_000), (counts[0], counts[1..].Min(), counts[1..].Max()));
    }

    [Fact]
    public void Parts_of_weights_count_too()
    {
        var counts = Count(new SmoothSchedule([0.123, 1, 1]), 3, 2_123);

        Assert.Equal([123, 1_000, 1_000], counts);
    }

    private static double[] Weights(string text) => [.. text.Split(' ').Select(weight => double.Parse(weight, System.Globalization.CultureInfo.InvariantCulture))];

    private static int[] Count(SmoothSchedule schedule, int candidates, int turns)
    {
        var counts = new int[candidates];
        for (var turn = 0; turn < turns; turn++)
        {
            counts[schedule.OwnerOf((ulong)turn)]++;
        }

        return counts;
    }
}
