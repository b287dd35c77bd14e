using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class TimerWheelTests
{
    private readonly TimerWheel _wheel = new();
    private long _now;

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(130_000)]
    [InlineData(7L * 24 * 3600 * 1000)]
    public void A_timer_fires_in_its_millisecond(long at)
    {
        var timer = new Recorder(this);
        timer.Set(at);

        Advance(at - 1);
        Assert.Empty(timer.Fired);
        Advance(at);

        Assert.Equal([at], timer.Fired);
    }

    [Fact]
    public void The_wheel_says_when_it_has_to_be_looked_at_next()
    {
        new Recorder(this).Set(50);
        new Recorder(this).Set(40);

        Assert.Equal(40, _wheel.NextAt);
    }

    [Fact]
    public void Nothing_has_to_be_looked_at_when_no_timer_is_set()
    {
        new Recorder(this).Set(TimerWheel.Never);

        Assert.Equal(TimerWheel.Never, _wheel.NextAt);
    }

    [Fact]
    public void A_timer_that_is_turned_off_does_not_fire()
    {
        var timer = new Recorder(this);
        timer.Set(10);
        timer.Set(TimerWheel.Never);

        Advance(1000);

        Assert.Empty(timer.Fired);
    }

    [Fact]
    public void A_timer_that_is_returned_does_not_fire_for_who_has_it_next()
    {
        var first = new Recorder(this);
        first.Set(10);
        first.Return();
        var next = new Recorder(this);

        Advance(1000);

        Assert.Empty(first.Fired.Concat(next.Fired));
    }

    [Fact]
    public void A_timer_that_is_set_anew_when_it_fires_fires_again()
    {
        var timer = new Recorder(this) { Every = 10 };
        timer.Set(10);

        Advance(35);

        Assert.Equal([10, 20, 30], timer.Fired);
    }

    [Fact]
    public void A_time_that_has_passed_comes_with_the_next_millisecond()
    {
        Advance(100);
        var timer = new Recorder(this);
        timer.Set(50);

        Advance(101);

        Assert.Equal([101], timer.Fired);
    }

    [Fact]
    public void Timers_that_are_set_earlier_and_later_at_random_fire_when_they_were_set_to_last()
    {
        var random = new Random(1);
        var timers = Enumerable.Range(0, 200).Select(_ => new Recorder(this)).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var timer = timers[random.Next(timers.Length)];
            timer.Set(random.Next(10) == 0 ? TimerWheel.Never : _now + 1 + random.NextInt64(1L << random.Next(1, 24)));
            Advance(_now + random.NextInt64(1L << random.Next(0, 12)));
        }

        Assert.All(timers, timer => Assert.Equal(timer.Expected, timer.Fired));
    }

    [Fact]
    public void To_set_a_timer_later_and_later_allocates_nothing()
    {
        var timer = new Recorder(this);
        var at = 1L;

        Assert.Equal(0, Allocated.By(10_000, () =>
        {
            timer.Set(at + 30_000);
            Advance(at++);
        }));
    }

    // As the loop does: what fires late is told at its own time.
    private void Advance(long to)
    {
        while (_wheel.NextAt is var next && next <= to)
        {
            _now = Math.Max(_now, next);
            _wheel.Advance(_now, static timed => timed.OnTimer());
        }

        _now = Math.Max(_now, to);
        _wheel.Advance(_now, static timed => timed.OnTimer());
    }

    private sealed class Recorder : Timed
    {
        private readonly TimerWheelTests _test;
        private readonly int _timer;
        private long _at = TimerWheel.Never;

        public Recorder(TimerWheelTests test)
        {
            _test = test;
            _timer = test._wheel.Rent(this);
        }

        public List<long> Fired { get; } = [];

        public List<long> Expected { get; } = [];

        public long Every { get; init; }

        public void Set(long at)
        {
            _at = at;
            _test._wheel.Set(_timer, at);
        }

        public void Return() => _test._wheel.Return(_timer);

        public override void OnTimer()
        {
            Fired.Add(_test._now);
            Expected.Add(_at);
            if (Every > 0)
            {
                Set(_test._now + Every);
            }
        }

        public override void Abort()
        {
        }
    }
}
