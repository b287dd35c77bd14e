using LoadBalancer.Proxy.Health;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ProbeStartTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_few_are_probed_at_once() => Assert.All(Starts(ProbeStart.AtOnce), start => Assert.Equal(TimeSpan.Zero, start.First));

    [Fact]
    public void More_are_probed_shortly_after_each_other() =>
        Assert.Equal([0, 0, 10, 20, 30, 40], Starts(20).Skip(ProbeStart.AtOnce - 2).Select(start => start.First.TotalMilliseconds));

    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void All_are_probed_within_the_interval(int count) => Assert.All(Starts(count), start => Assert.InRange(start.First, TimeSpan.Zero, Interval));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void No_second_probe_comes_later_than_an_interval_after_the_first(int count) =>
        Assert.All(Starts(count), start => Assert.InRange(start.Second, TimeSpan.FromTicks(1), Interval));

    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(100, 0.1)]
    [InlineData(1_000, 0.01)]
    public void Second_probes_are_spread_evenly_over_the_interval(int count, double share)
    {
        var busiest = Starts(count).Select(start => (start.First + start.Second).Ticks % Interval.Ticks).GroupBy(at => (int)(at / (Interval.Ticks * share))).Max(slot => slot.Count());

        Assert.Equal(count * share, busiest);
    }

    private static ProbeStart[] Starts(int count)
    {
        var random = new Random(1);
        return Enumerable.Range(0, count).Select(index => ProbeStart.Of(index, count, Interval, random.NextDouble())).ToArray();
    }
}
