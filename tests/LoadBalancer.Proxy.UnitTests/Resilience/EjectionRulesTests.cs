using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class EjectionRulesTests
{
    private static readonly OutlierDetectionOptions Options = new() { EjectionTime = TimeSpan.FromSeconds(30), MaximumEjectionTime = TimeSpan.FromSeconds(100) };
    private static readonly LatencyOutlierOptions Slow = new() { Factor = 5, MinimumDifference = TimeSpan.FromMilliseconds(5) };

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(3, 90)]
    [InlineData(4, 100)]
    [InlineData(1000, 100)]
    public void The_term_grows_with_each_time_up_to_its_maximum(int times, double seconds) => Assert.Equal(seconds, EjectionRules.Term(Options, times).TotalSeconds);

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(3, 29, 4)]
    [InlineData(3, 30, 3)]
    [InlineData(3, 90, 1)]
    [InlineData(3, 1_000_000, 1)]
    public void Time_that_it_served_well_is_to_its_credit(int before, double served, int times) =>
        Assert.Equal(times, EjectionRules.Times(Options, before, TimeSpan.FromSeconds(served)));

    [Theory]
    [InlineData(1, 0, 0, false)]
    [InlineData(2, 0, 1, true)]
    [InlineData(2, 0, 0, false)]
    [InlineData(3, 1, 1, false)]
    [InlineData(4, 1, 2, true)]
    [InlineData(4, 2, 1, false)]
    [InlineData(10, 4, 5, true)]
    [InlineData(10, 5, 4, false)]
    public void No_more_than_a_share_may_go_and_the_last_never(int members, int ejected, int availableOthers, bool may) =>
        Assert.Equal(may, EjectionRules.MayEject(Options, members, ejected, availableOthers));

    [Fact]
    public void The_last_never_goes_whatever_the_share() => Assert.False(EjectionRules.MayEject(Options with { MaximumEjectedShare = 1 }, 3, 2, 0));

    [Theory]
    [InlineData(100, 10, 10.0)]
    [InlineData(50, 10, 5.0)]
    [InlineData(49, 10, null)]
    [InlineData(5, 1, null)]
    [InlineData(6, 1, 6.0)]
    [InlineData(100, 0, null)]
    public void Slow_is_what_is_several_times_and_noticeably_slower(long own, long others, double? ratio) =>
        Assert.Equal(ratio, EjectionRules.SlowBy(Slow, own * TimeSpan.TicksPerMillisecond, others * TimeSpan.TicksPerMillisecond));

    [Theory]
    [InlineData(new long[] { 10 }, 10, 0)]
    [InlineData(new long[] { 10, 100 }, 100, 10)]
    [InlineData(new long[] { 10, 100 }, 10, 100)]
    [InlineData(new long[] { 10, 10 }, 10, 10)]
    [InlineData(new long[] { 10, 20, 100 }, 100, 20)]
    [InlineData(new long[] { 10, 10, 100, 100 }, 100, 55)]
    [InlineData(new long[] { 10, 20, 30, 100, 100 }, 100, 30)]
    public void Usual_is_the_median_of_all_and_of_two_the_other(long[] sorted, long own, long usual) => Assert.Equal(usual, EjectionRules.Usual(sorted, own));
}
