using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class RetryBudgetTests
{
    private static readonly RetryBudgetOptions Strict = new() { Share = 0.2, MinimumConcurrent = 3, Burst = 0 };

    private readonly RetryBudget _budget = new();

    [Theory]
    [InlineData(0, 3)]
    [InlineData(10, 3)]
    [InlineData(20, 4)]
    [InlineData(64, 13)]
    [InlineData(1000, 200)]
    public void So_many_are_under_way_at_most(int inFlight, int most)
    {
        Assert.Equal(most, Take(1000, inFlight, Strict));
        Assert.Equal((most, 1000 - most), (_budget.Taken, _budget.Refused));
    }

    [Fact]
    public void One_that_has_ended_makes_room()
    {
        Take(3, 0, Strict);
        _budget.Return();

        Assert.Equal(1, Take(2, 0, Strict));
    }

    // Those that are in flight end by failing, and the share must not shrink with them.
    [Theory]
    [InlineData(9, 20)]
    [InlineData(10, 3)]
    public void The_most_in_flight_of_the_last_seconds_counts(int seconds, int most)
    {
        _budget.TryTake(100, Strict, 0);
        _budget.Return();

        Assert.Equal(most, Take(1000, 0, Strict, seconds));
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 10)]
    public void A_burst_is_let_through_and_no_other_for_a_while(int seconds, int more)
    {
        var options = Strict with { MinimumConcurrent = 0, Burst = 10 };

        Assert.Equal(10, Take(100, 0, options));
        Assert.Equal(more, Take(100, 0, options, seconds));
    }

    [Fact]
    public void The_whole_share_never_refuses()
    {
        var options = Strict with { Share = 1, MinimumConcurrent = 0 };

        Assert.Equal(64, Take(64, 64, options));
    }

    [Fact]
    public void Nothing_at_all_is_a_choice_too() => Assert.Equal(0, Take(10, 100, new() { Share = 0, MinimumConcurrent = 0, Burst = 0 }));

    [Fact]
    public void Many_threads_take_no_more_than_there_is()
    {
        var taken = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (_budget.TryTake(100, Strict, 0))
            {
                Interlocked.Increment(ref taken);
            }
        });

        Assert.Equal(20, taken);
    }

    private int Take(int times, int inFlight, RetryBudgetOptions options, int atSecond = 0) =>
        Enumerable.Range(0, times).Count(_ => _budget.TryTake(inFlight, options, atSecond * TimeSpan.TicksPerSecond));
}
