using LoadBalancer.Proxy.Clusters;

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
    public void It_is_probed_where_it_serves() => Assert.Equal(new Uri("http://a"), Make.Destination("a").ProbeAddress);

    [Fact]
    public void It_is_probed_elsewhere_when_the_configuration_says_so() =>
        Assert.Equal(new Uri("http://a:81"), new Destination(Make.Definition("a") with { ProbeAddress = new Uri("http://a:81") }, DateTimeOffset.UnixEpoch).ProbeAddress);

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void It_is_available_unless_it_is_unhealthy(bool? probe, bool isAvailable)
    {
        var destination = Make.Destination("a");
        if (probe is { } passed)
        {
            destination.Health.Observe_NeedsLock(new ProbeResult(passed, ""), 1, 1, DateTimeOffset.UnixEpoch);
        }

        Assert.Equal(isAvailable, destination.IsAvailable);
    }

    [Fact]
    public void An_attempt_is_in_flight_from_begin_to_end()
    {
        var destination = Make.Destination("a");

        Assert.True(destination.TryBegin());
        Assert.Equal(1, destination.Load.InFlight);
        destination.End();
        Assert.Equal(0, destination.Load.InFlight);
    }

    [Fact]
    public void An_attempt_on_what_has_become_unavailable_is_refused_and_not_in_flight()
    {
        var destination = Make.Destination("a");
        destination.Health.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        Assert.Equal((false, 0), (destination.TryBegin(), destination.Load.InFlight));
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
        _load.Count(outcome, TimeSpan.FromMilliseconds(1));

        Assert.Equal((1L, failures), (_load.Attempts, _load.Failures));
    }

    [Fact]
    public void The_first_answer_is_the_latency()
    {
        _load.Count(Outcome.Success, TimeSpan.FromMilliseconds(80));

        Assert.Equal(80, _load.LatencyMilliseconds);
    }

    [Fact]
    public void A_further_answer_moves_the_latency_by_an_eighth()
    {
        _load.Count(Outcome.Success, TimeSpan.FromMilliseconds(80));
        _load.Count(Outcome.ServerError, TimeSpan.FromMilliseconds(160));

        Assert.Equal(90, _load.LatencyMilliseconds);
    }

    [Theory]
    [InlineData(Outcome.ConnectFailed)]
    [InlineData(Outcome.Timeout)]
    [InlineData(Outcome.ClientLeft)]
    public void What_was_not_answered_has_no_latency(Outcome outcome)
    {
        _load.Count(outcome, null);

        Assert.Equal(0, _load.LatencyMilliseconds);
    }

    [Fact]
    public void Many_threads_count_exactly()
    {
        Parallel.For(0, 64, _ =>
        {
            for (var i = 0; i < 500; i++)
            {
                _load.Begin();
                _load.Count(Outcome.Reset, null);
                _load.End();
            }
        });

        Assert.Equal((32_000L, 32_000L, 0), (_load.Attempts, _load.Failures, _load.InFlight));
    }
}
