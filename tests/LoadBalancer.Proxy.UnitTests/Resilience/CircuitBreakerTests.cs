using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly CircuitBreakerOptions Three = new() { ConsecutiveFailures = 3, Trials = 2 };

    private long _now;

    [Fact]
    public void Failures_in_a_row_open_it()
    {
        var breaker = new CircuitBreaker(Three);

        Assert.Equal([null, null, BreakerSign.ConsecutiveFailures], Note(breaker, Outcome.Reset, Outcome.ServerError, Outcome.ConnectFailed));
    }

    [Theory]
    [InlineData(Outcome.Success)]
    [InlineData(Outcome.ServerError)]
    public void A_success_between_them_begins_a_new_row(Outcome between)
    {
        var breaker = new CircuitBreaker(Three with { CountServerErrors = false });

        Assert.Equal([null, null, null, null, null], Note(breaker, Outcome.Reset, Outcome.Reset, between, Outcome.Reset, Outcome.Reset));
    }

    [Fact]
    public void So_does_too_large_a_share_of_them()
    {
        var breaker = new CircuitBreaker(new() { ConsecutiveFailures = 0, FailureRate = new() { Share = 0.5, MinimumRequests = 4 } });

        Assert.Equal([null, null, null, BreakerSign.FailureRate], Note(breaker, Outcome.Reset, Outcome.Success, Outcome.Success, Outcome.Reset));
        Assert.Equal((4, 2), breaker.Rate(_now));
    }

    [Fact]
    public void A_client_that_leaves_says_nothing()
    {
        var breaker = new CircuitBreaker(Three);

        Assert.Equal([null, null, null, BreakerSign.ConsecutiveFailures], Note(breaker, Outcome.Reset, Outcome.ClientLeft, Outcome.Reset, Outcome.Reset));
    }

    [Fact]
    public void There_are_trials_only_once_they_begin_and_only_so_many_at_once()
    {
        var breaker = new CircuitBreaker(Three);
        var before = breaker.TryTakeTrial();
        breaker.BeginTrials();

        Assert.Equal([false, true, true, false], [before, breaker.TryTakeTrial(), breaker.TryTakeTrial(), breaker.TryTakeTrial()]);
        breaker.ReturnTrial();
        Assert.True(breaker.TryTakeTrial());
        breaker.Reset();
        Assert.False(breaker.TryTakeTrial());
    }

    [Fact]
    public void Enough_that_succeed_close_it()
    {
        var breaker = new CircuitBreaker(Three);
        breaker.BeginTrials();

        Assert.Equal([null, null, BreakerSign.TrialsPassed], [Try(breaker, Outcome.Success), Try(breaker, Outcome.ClientLeft), Try(breaker, Outcome.Success)]);
    }

    [Theory]
    [InlineData(Outcome.Timeout, true)]
    [InlineData(Outcome.ServerError, true)]
    [InlineData(Outcome.ServerError, false)]
    public void One_that_fails_opens_it_again(Outcome outcome, bool countsServerErrors)
    {
        var breaker = new CircuitBreaker(Three with { CountServerErrors = countsServerErrors, Trials = 1 });
        breaker.BeginTrials();

        Assert.Equal(outcome == Outcome.ServerError && !countsServerErrors ? BreakerSign.TrialsPassed : BreakerSign.TrialFailed, Try(breaker, outcome));
    }

    [Fact]
    public void To_count_allocates_nothing()
    {
        var breaker = new CircuitBreaker(Three with { FailureRate = new() });

        Assert.Equal(0, Allocated.By(1_000, () => breaker.Note(new AttemptResult(Outcome.Success, 200), ++_now)));
    }

    private BreakerSign? Try(CircuitBreaker breaker, Outcome outcome)
    {
        Assert.True(breaker.TryTakeTrial());
        return breaker.Note(new AttemptResult(outcome) { IsTrial = true }, _now += TimeSpan.TicksPerSecond);
    }

    private IEnumerable<BreakerSign?> Note(CircuitBreaker breaker, params Outcome[] outcomes) =>
        outcomes.Select(outcome => breaker.Note(new AttemptResult(outcome), _now += TimeSpan.TicksPerSecond / 10));
}
