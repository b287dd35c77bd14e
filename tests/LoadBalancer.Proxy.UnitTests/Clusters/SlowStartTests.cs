using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class SlowStartTests
{
    // Seconds since it began, of 10.
    [Theory]
    [InlineData(0, 1, 0.1, 0.1)]
    [InlineData(1, 1, 0.1, 0.1)]
    [InlineData(5, 1, 0.1, 0.5)]
    [InlineData(9.9, 1, 0.1, 0.98)]
    [InlineData(10, 1, 0.1, 1)]
    [InlineData(100, 1, 0.1, 1)]
    [InlineData(-1, 1, 0.1, 0.1)]
    [InlineData(0, 1, 0.5, 0.5)]
    [InlineData(2.5, 2, 0.1, 0.5)]
    [InlineData(5, 0.5, 0.1, 0.25)]
    [InlineData(5, 0.5, 0.4, 0.4)]
    [InlineData(0, 1, 1, 1)]
    public void The_share_grows_by_time_aggression_and_minimum(double seconds, double aggression, double minimum, double share)
    {
        var options = new SlowStartOptions { Time = TimeSpan.FromSeconds(10), Aggression = aggression, MinimumShare = minimum };

        Assert.Equal(share, SlowStart.ShareAt(options, 1_000, 1_000 + (long)(seconds * TimeSpan.TicksPerSecond)), tolerance: 0.011);
    }

    [Fact]
    public void One_that_does_not_warm_up_has_its_full_share() => Assert.Equal(1, SlowStart.ShareAt(new SlowStartOptions(), null, 0));

    [Fact]
    public void Where_there_is_no_slow_start_the_share_is_full_at_once() => Assert.Equal(1, SlowStart.ShareAt(null, 0, 0));
}
