using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class MonotonicTimeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(TimeSpan.TicksPerMillisecond)]
    [InlineData(55 * TimeSpan.TicksPerSecond)]
    public void It_is_exact_to_the_tick(long ticks)
    {
        var clock = new ManualTimeProvider();
        var before = clock.MonotonicTicks();

        clock.Advance(TimeSpan.FromTicks(ticks));

        Assert.Equal((clock.GetUtcNow().Ticks, ticks), (clock.MonotonicTicks(), clock.MonotonicTicks() - before));
    }
}
