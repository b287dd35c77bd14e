using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryBreakerTests : EjectionRig
{
    private static readonly CircuitBreakerOptions Breaker = new() { ConsecutiveFailures = 3, OpenTime = TimeSpan.FromSeconds(10) };

    private readonly List<string> _moves = [];

    public ClusterRegistryBreakerTests()
    {
        Registry.BreakerChanged += change => _moves.Add($"{change.Member.Name} {change.From}-{change.To}: {change.Reason}");
        Apply(Breaker, "a", "b");
    }

    private Destination A => Web.Named("a");

    [Fact]
    public void It_opens_lets_a_trial_through_when_its_time_is_up_and_closes()
    {
        Fail("a", 3);
        Assert.Equal(("b", BreakerState.Open), (Available, A.BreakerState));

        var next = Registry.CheckOutliers()!.Value;
        Clock.Advance(next);
        Registry.CheckOutliers();
        Assert.Equal(("a b", BreakerState.HalfOpen), (Available, A.BreakerState));
        Assert.Equal(Admission.Admitted, A.TryBegin(DestinationFlags.None, out var isTrial));
        A.End(new AttemptResult(Outcome.Success, 200) { IsTrial = isTrial }, 0);

        Assert.Equal((BreakerState.Closed, 10, true), (A.BreakerState, Math.Round(next.TotalSeconds, 3), isTrial));
        Assert.Equal(["a Closed-Open: 3 failures in a row", "a Open-HalfOpen: its time is up", "a HalfOpen-Closed: a trial passed"], _moves);
    }

    [Fact]
    public void A_trial_that_fails_opens_it_again()
    {
        HalfOpen();
        A.TryBegin(DestinationFlags.None, out _);
        A.End(new AttemptResult(Outcome.Reset) { IsTrial = true }, 0);

        Assert.Equal((BreakerState.Open, "a trial failed"), (A.BreakerState, A.BreakerTrip!.Reason));
    }

    [Fact]
    public void While_the_trial_is_under_way_nobody_else_is_let_through()
    {
        HalfOpen();
        A.TryBegin(DestinationFlags.None, out _);

        Assert.Equal((Admission.Unavailable, Admission.Unavailable), (A.TryBegin(DestinationFlags.None, out _), A.TryBegin()));
    }

    [Fact]
    public void A_trial_that_nobody_waited_for_lets_the_next_one_through()
    {
        HalfOpen();
        A.TryBegin(DestinationFlags.None, out _);
        A.End(new AttemptResult(Outcome.ClientLeft) { IsTrial = true }, 0);

        Assert.Equal((BreakerState.HalfOpen, Admission.Admitted), (A.BreakerState, A.TryBegin(DestinationFlags.None, out _)));
    }

    // Unlike ejection: the other may be out as well.
    [Fact]
    public void All_may_be_open()
    {
        Fail("a", 3);
        Fail("b", 3);

        Assert.Equal("", Available);
    }

    [Fact]
    public void Attempts_of_before_change_nothing()
    {
        Fail("a", 3);
        Fail("a", 3);
        HalfOpen();
        Fail("a", 3);
        Succeed("a", 3);

        Assert.Equal((BreakerState.HalfOpen, 2), (A.BreakerState, _moves.Count));
    }

    [Fact]
    public void The_operator_may_close_it()
    {
        Fail("a", 3);

        Assert.Equal([true, false], [Registry.CloseBreaker(Web, A), Registry.CloseBreaker(Web, A)]);
        Assert.Equal(("a b", "a Open-Closed: by the operator"), (Available, _moves[^1]));
    }

    [Fact]
    public void It_goes_on_over_a_reload_and_ends_with_its_options()
    {
        Fail("a", 3);
        Apply(Breaker with { OpenTime = TimeSpan.FromSeconds(1) }, "a", "b");
        Assert.Equal((BreakerState.Open, "b"), (A.BreakerState, Available));

        Apply((CircuitBreakerOptions?)null, "a", "b");
        Assert.Equal((BreakerState.Closed, "a b"), (A.BreakerState, Available));
    }

    [Fact]
    public void Each_change_is_told()
    {
        using var events = new Events(Registry);
        HalfOpen();
        Registry.CloseBreaker(Web, A);

        Assert.Equal([DestinationChange.Breaker, DestinationChange.Breaker, DestinationChange.Breaker], events.Kinds());
    }

    private void HalfOpen()
    {
        if (A.BreakerState == BreakerState.Closed)
        {
            Fail("a", 3);
        }

        Clock.Advance(Breaker.OpenTime);
        Registry.CheckOutliers();
        Assert.Equal(BreakerState.HalfOpen, A.BreakerState);
    }

    private void Apply(CircuitBreakerOptions? breaker, params string[] names) => Apply(null, new ClusterOptions { CircuitBreaker = breaker }, names);
}
