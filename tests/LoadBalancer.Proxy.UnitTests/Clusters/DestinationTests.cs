using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class DestinationTests
{
    [Theory]
    [InlineData("http://host", "http://host")]
    [InlineData("http://host:8080/", "http://host:8080")]
    [InlineData("https://host/prefix/", "https://host/prefix")]
    [InlineData("https://host/prefix", "https://host/prefix")]
    public void The_prefix_has_no_slash_at_its_end(string address, string prefix) => Assert.Equal(prefix, Make.Destination("a", address).AddressPrefix);

    [Fact]
    public void It_is_probed_where_it_serves() => Assert.Equal(new Uri("http://a"), Make.Member("a").ProbeAddress);

    [Fact]
    public void It_is_probed_elsewhere_when_the_configuration_says_so() =>
        Assert.Equal(new Uri("http://a:81"), Make.Member(Make.Definition("a") with { ProbeAddress = new Uri("http://a:81") }).ProbeAddress);

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void It_is_available_unless_it_is_unhealthy(bool? probe, bool isAvailable)
    {
        var destination = Make.Destination("a");
        if (probe is { } passed)
        {
            destination.Observe_NeedsLock(new ProbeResult(passed, ""), 1, 1, DateTimeOffset.UnixEpoch);
        }

        Assert.Equal(isAvailable, destination.IsAvailable);
    }

    [Fact]
    public void An_attempt_is_in_flight_from_begin_to_end()
    {
        var destination = Make.Destination("a");

        Assert.Equal(Admission.Admitted, destination.TryBegin());
        Assert.Equal(1, destination.Load.InFlight);
        destination.End(new AttemptResult(Outcome.Success), now: 0);
        Assert.Equal(0, destination.Load.InFlight);
    }

    [Fact]
    public void An_attempt_on_what_has_become_unavailable_is_refused_and_not_in_flight()
    {
        var destination = Make.Destination("a");
        destination.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        Assert.Equal((Admission.Unavailable, 0), (destination.TryBegin(), destination.Load.InFlight));
    }

    [Theory]
    [InlineData(OperatorState.Draining, true)]
    [InlineData(OperatorState.Down, false)]
    public void An_attempt_may_tolerate_that_it_is_drained_but_never_that_it_is_down(OperatorState state, bool begins)
    {
        var destination = Make.Destination("a");
        destination.SetState_NeedsLock(state);

        Assert.Equal(
            (Admission.Unavailable, begins ? Admission.Admitted : Admission.Unavailable),
            (destination.TryBegin(), destination.TryBegin(DestinationFlags.Draining | DestinationFlags.Down)));
    }

    [Theory]
    [InlineData(Outcome.ConnectTimeout, false, true)]
    [InlineData(Outcome.ConnectFailed, false, false)]
    [InlineData(Outcome.Timeout, true, false)]
    [InlineData(Outcome.ClientLeft, false, false)]
    public void It_is_suspect_when_a_connect_timed_out(Outcome outcome, bool sent, bool isSuspect)
    {
        var destination = Make.Destination("a");
        destination.TryBegin();

        destination.End(new AttemptResult(outcome, RequestHeadSent: sent), now: 0);

        Assert.Equal((isSuspect, true), (destination.IsSuspect, destination.IsAvailable));
    }

    [Theory]
    [InlineData(Outcome.Reset, true, false)]
    [InlineData(Outcome.ConnectFailed, false, true)]
    [InlineData(Outcome.ClientLeft, false, true)]
    public void It_stays_suspect_until_something_was_sent_to_it(Outcome outcome, bool sent, bool isSuspect)
    {
        var destination = Make.Destination("a");
        destination.TryBegin();
        destination.End(new AttemptResult(Outcome.ConnectTimeout), now: 0);
        destination.TryBegin();

        destination.End(new AttemptResult(outcome, RequestHeadSent: sent), now: 0);

        Assert.Equal(isSuspect, destination.IsSuspect);
    }
}

public sealed class LoadStatsTests
{
    private readonly LoadStats _load = new();

    [Theory]
    [InlineData(Outcome.Success, 0)]
    [InlineData(Outcome.ServerError, 1)]
    [InlineData(Outcome.Reset, 1)]
    [InlineData(Outcome.ClientLeft, 0)]
    public void Every_attempt_counts_and_those_by_the_destinations_fault_are_failures(Outcome outcome, long failures)
    {
        End(outcome, 1);

        Assert.Equal((1L, failures), (_load.Attempts, _load.Failures));
    }

    [Fact]
    public void The_first_answer_is_the_latency()
    {
        End(Outcome.Success, 80);

        Assert.Equal(80, _load.LatencyMilliseconds);
    }

    [Fact]
    public void A_further_answer_moves_the_latency_by_an_eighth()
    {
        End(Outcome.Success, 80);
        End(Outcome.ServerError, 160);

        Assert.Equal(90, _load.LatencyMilliseconds);
    }

    [Theory]
    [InlineData(Outcome.ConnectFailed)]
    [InlineData(Outcome.Timeout)]
    [InlineData(Outcome.ClientLeft)]
    public void What_was_not_answered_has_no_latency(Outcome outcome)
    {
        End(outcome, null);

        Assert.Equal(0, _load.LatencyMilliseconds);
    }

    [Fact]
    public void Many_threads_begin_no_more_than_may()
    {
        var begun = 0;

        Parallel.For(0, 1_000, _ =>
        {
            if (_load.TryBegin(7))
            {
                Interlocked.Increment(ref begun);
            }
        });

        Assert.Equal((7, 7), (begun, _load.InFlight));
    }

    [Fact]
    public void Many_threads_count_exactly()
    {
        Parallel.For(0, 64, _ =>
        {
            for (var i = 0; i < 500; i++)
            {
                _load.TryBegin(0);
                End(Outcome.Reset, null);
                _load.Leave();
            }
        });

        Assert.Equal((32_000L, 32_000L, 0), (_load.Attempts, _load.Failures, _load.InFlight));
    }

    // What a balancing policy goes by: 10 ms first, then what is said.
    [Theory]
    [InlineData(Outcome.Success, 50, 0, 50)]
    [InlineData(Outcome.ServerError, 1, 0, 100)]
    [InlineData(Outcome.ServerError, 300, 0, 300)]
    [InlineData(Outcome.ConnectFailed, null, 0, 100)]
    [InlineData(Outcome.Cancelled, null, 70, 70)]
    [InlineData(Outcome.Cancelled, null, 5, 10)]
    [InlineData(Outcome.ClientLeft, null, 70, 10)]
    public void A_failure_counts_as_ten_times_as_slow_and_the_loser_of_a_hedge_as_slow_as_it_was_seen_to_be(Outcome outcome, int? toHead, int lasted, double latency)
    {
        End(Outcome.Success, 10);

        _load.Count(new AttemptResult(outcome, ToHead: toHead * TimeSpan.TicksPerMillisecond) { Lasted = lasted * TimeSpan.TicksPerMillisecond }, now: 0);

        Assert.Equal(latency, _load.PeakLatency.At(0) / TimeSpan.TicksPerMillisecond, tolerance: 0.001);
    }

    [Fact]
    public void Failures_in_a_row_count_for_more_each_time_up_to_a_minute()
    {
        var latencies = Enumerable.Range(0, 5).Select(_ =>
        {
            End(Outcome.ServerError, 1);
            return Math.Round(_load.PeakLatency.At(0) / TimeSpan.TicksPerSecond, 3);
        });

        Assert.Equal([0.1, 1, 10, 60, 60], latencies);
    }

    private void End(Outcome outcome, int? milliseconds) => _load.Count(new AttemptResult(outcome, ToHead: milliseconds * TimeSpan.TicksPerMillisecond), now: 0);
}
