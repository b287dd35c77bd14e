using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class PeakLatencyTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly PeakLatency _latency = new();

    [Fact]
    public void Before_the_first_sample_nothing_is_known()
    {
        Assert.False(_latency.IsKnown);
        Assert.Equal(0, _latency.At(0));
    }

    [Fact]
    public void A_slower_sample_counts_at_once()
    {
        _latency.Add(10 * Millisecond, Second);
        _latency.Add(500 * Millisecond, Second);

        Assert.Equal(500 * Millisecond, _latency.At(Second));
    }

    [Fact]
    public void Quicker_samples_bring_it_down_slowly()
    {
        _latency.Add(500 * Millisecond, 0);
        for (var now = 100 * Millisecond; now <= 5 * Second; now += 100 * Millisecond)
        {
            _latency.Add(10 * Millisecond, now);
        }

        Assert.InRange(_latency.At(5 * Second) / Millisecond, 180, 200);
    }

    [Fact]
    public void Without_samples_a_third_is_left_after_five_seconds()
    {
        _latency.Add(500 * Millisecond, 0);

        Assert.InRange(_latency.At(5 * Second) / Millisecond, 183, 185);
    }

    [Fact]
    public void While_answers_are_waited_for_it_fades_slowly()
    {
        _latency.Add(500 * Millisecond, 0);

        Assert.InRange(_latency.At(5 * Second, isBusy: true) / Millisecond, 459, 461);
    }

    // Two threads read the clock in one order and come here in the other.
    [Fact]
    public void A_sample_that_comes_late_does_not_wipe_out_what_is_known()
    {
        _latency.Add(500 * Millisecond, 10 * Second);
        _latency.Add(10 * Millisecond, 9 * Second);

        Assert.InRange(_latency.At(9 * Second) / Millisecond, 400, 500);
    }

    [Fact]
    public void It_fades_over_a_hundred_days_too()
    {
        _latency.Add(500 * Millisecond, 0);

        Assert.Equal(0, _latency.At(100 * TimeSpan.TicksPerDay), tolerance: 1e-6);
    }

    [Fact]
    public void A_sample_of_no_time_is_a_sample()
    {
        _latency.Add(0, 0);

        Assert.True(_latency.IsKnown);
    }
}
