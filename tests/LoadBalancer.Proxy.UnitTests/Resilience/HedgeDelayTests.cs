using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class HedgeDelayTests
{
    private static readonly HedgeOptions P95 = new() { Percentile = 95 };

    private long _now;

    [Fact]
    public void One_that_is_configured_stays() => Assert.Equal(TimeSpan.FromMilliseconds(50).Ticks, new HedgeDelay(new() { Delay = TimeSpan.FromMilliseconds(50) }).At(0));

    [Fact]
    public void While_little_is_known_there_is_none()
    {
        var delay = new HedgeDelay(P95);
        Note(delay, 49, 10);

        Assert.Equal(long.MaxValue, delay.At(_now));
        Note(delay, 1, 10);
        Assert.InRange(Milliseconds(delay), 8, 12);
    }

    [Fact]
    public void It_is_as_long_as_so_many_of_the_answers_took()
    {
        var delay = new HedgeDelay(P95);
        Note(delay, 96, 10);
        Note(delay, 4, 1000);

        Assert.InRange(Milliseconds(delay), 8, 12);
        Note(delay, 4, 1000);
        Assert.InRange(Milliseconds(delay), 800, 1200);
    }

    [Fact]
    public void A_delay_beside_it_is_the_least()
    {
        var delay = new HedgeDelay(P95 with { Delay = TimeSpan.FromMilliseconds(25) });
        Note(delay, 100, 10);

        Assert.Equal(25, Milliseconds(delay));
    }

    [Fact]
    public void What_was_long_ago_is_forgotten()
    {
        var delay = new HedgeDelay(P95);
        Note(delay, 100, 1000);
        _now += TimeSpan.FromSeconds(11).Ticks;

        Assert.Equal(long.MaxValue, delay.At(_now));
    }

    [Fact]
    public void To_ask_and_to_note_allocates_nothing()
    {
        var delay = new HedgeDelay(P95);

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            delay.Note(100, _now += TimeSpan.TicksPerSecond);
            delay.At(_now);
        }));
    }

    private double Milliseconds(HedgeDelay delay)
    {
        _now += TimeSpan.FromMilliseconds(101).Ticks;
        return TimeSpan.FromTicks(delay.At(_now)).TotalMilliseconds;
    }

    private void Note(HedgeDelay delay, int times, int milliseconds)
    {
        for (var i = 0; i < times; i++)
        {
            delay.Note(TimeSpan.FromMilliseconds(milliseconds).Ticks, _now);
        }
    }
}
