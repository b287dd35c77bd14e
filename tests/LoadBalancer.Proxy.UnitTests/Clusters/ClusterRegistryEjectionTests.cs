using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryEjectionTests
{
    private static readonly OutlierDetectionOptions Detection = new() { ConsecutiveFailures = 5 };

    private readonly ManualTimeProvider _clock = new();
    private readonly ClusterRegistry _registry;
    private readonly List<EjectionChange> _changes = [];

    public ClusterRegistryEjectionTests()
    {
        _registry = Make.Registry(_clock);
        _registry.EjectionChanged += _changes.Add;
    }

    private Cluster Web => _registry.Find("web")!;

    private string Available => Web.Standing.Available.Names();

    [Fact]
    public void One_that_fails_so_many_times_in_a_row_is_out_and_back_when_its_time_is_up()
    {
        Apply(Detection, "a", "b", "c");

        Fail("a", 5);
        Assert.Equal(("b c", "5 failures in a row", _clock.GetUtcNow() + TimeSpan.FromSeconds(30)), (Available, Ejection("a")!.Reason, Ejection("a")!.Until));

        var next = _registry.CheckOutliers()!.Value;
        _clock.Advance(next - TimeSpan.FromMilliseconds(1));
        _registry.CheckOutliers();
        Assert.Equal("b c", Available);
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Null(_registry.CheckOutliers());

        Assert.Equal(("a b c", 30), (Available, Math.Round(next.TotalSeconds, 3)));
        Assert.Equal([null, "its time is up"], _changes.Select(change => change.Ended));
    }

    [Fact]
    public void What_was_under_way_while_it_was_out_does_not_send_it_away_again()
    {
        Apply(Detection, "a", "b", "c");
        Fail("a", 5);
        Fail("a", 4);

        _registry.EndEjection(Web, Web.Named("a"));
        Fail("a", 4);

        Assert.Equal("a b c", Available);
    }

    [Fact]
    public void Each_time_that_it_has_to_go_again_it_is_out_for_longer()
    {
        Apply(Detection, "a", "b", "c");
        var terms = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            Fail("a", 5);
            terms.Add(Math.Round(_registry.CheckOutliers()!.Value.TotalSeconds, 3));
            _clock.Advance(TimeSpan.FromSeconds(terms[^1] + 0.001));
            _registry.CheckOutliers();
        }

        Assert.Equal([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300], terms);
    }

    [Fact]
    public void A_share_of_failures_says_how_many_of_how_many()
    {
        Apply(new() { ConsecutiveFailures = 0, FailureRate = new() { Share = 0.3, MinimumRequests = 40 } }, "a", "b");

        Succeed("a", 28);
        Fail("a", 12);

        Assert.Equal("30 % of 40 requests failed in 10s", Ejection("a")!.Reason);
    }

    [Fact]
    public void No_more_than_the_share_are_out()
    {
        Apply(Detection, "a", "b", "c", "d", "e");

        Array.ForEach(["a", "b", "c", "d", "e"], name => Fail(name, 5));

        Assert.Equal("c d e", Available);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    public void The_last_one_stays_however_it_fails(params string[] names)
    {
        Apply(Detection with { MaximumEjectedShare = 1 }, names);

        Array.ForEach(names, name => Fail(name, 50));

        Assert.Equal(names[^1], Available);
    }

    [Fact]
    public void One_that_was_not_to_go_is_out_once_another_is_back()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);
        Fail("b", 5);

        _registry.EndEjection(Web, Web.Named("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Fail("b", 1);

        Assert.Equal("a", Available);
    }

    [Fact]
    public void When_no_other_is_available_any_more_it_is_back_at_once()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);

        _registry.SetState(Web, Web.Named("b"), OperatorState.Draining);

        Assert.Equal(("a", "no other is available"), (Available, _changes[^1].Ended));
    }

    [Fact]
    public void When_the_probes_of_all_others_fail_it_is_back_at_once()
    {
        Apply(Detection, Make.Probed, "a", "b");
        Fail("a", 5);

        _registry.ReportProbe(Web, Web.Named("b"), Make.Failure);

        Assert.Equal("a", Available);
    }

    [Fact]
    public void When_a_reload_takes_all_others_away_it_is_back_at_once()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);

        Apply(Detection, "a");

        Assert.Equal("a", Available);
    }

    [Theory]
    [InlineData(true, "a b c")]
    [InlineData(false, "b c")]
    public void A_probe_that_passes_ends_an_ejection_for_failures(bool passes, string available)
    {
        Apply(Detection, Make.Probed, "a", "b", "c");
        Fail("a", 5);

        _registry.ReportProbe(Web, Web.Named("a"), passes ? Make.Pass : Make.Failure);

        Assert.Equal(available, Available);
    }

    [Fact]
    public void One_that_is_much_slower_than_the_others_is_out()
    {
        Apply(Slow(), "a", "b", "c");

        Answer(("a", 100), ("b", 10), ("c", 11));
        var next = _registry.CheckOutliers();

        Assert.Equal(("b c", TimeSpan.FromSeconds(1)), (Available, next));
        Assert.Matches(@"^(8|9|10|11)(\.\d)? times as slow as the others$", Ejection("a")!.Reason);
    }

    [Fact]
    public void A_probe_that_passes_does_not_end_an_ejection_for_slowness()
    {
        Apply(Slow(), Make.Probed, "a", "b", "c");
        Answer(("a", 100), ("b", 10), ("c", 11));
        _registry.CheckOutliers();

        _registry.ReportProbe(Web, Web.Named("a"), Make.Pass);

        Assert.Equal("b c", Available);
    }

    [Theory]
    [InlineData(40, 10)]
    [InlineData(4, 0.4)]
    public void One_that_is_somewhat_slower_stays(double slow, double quick)
    {
        Apply(Slow(), "a", "b", "c");

        Answer(("a", slow), ("b", quick), ("c", quick));
        _registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }

    [Fact]
    public void Where_half_of_them_are_slow_nobody_stands_out()
    {
        Apply(Slow(), "a", "b", "c", "d");

        Answer(("a", 100), ("b", 100), ("c", 10), ("d", 10));
        _registry.CheckOutliers();

        Assert.Equal("a b c d", Available);
    }

    [Fact]
    public void Of_two_the_slow_one_is_out()
    {
        Apply(Slow(), "a", "b");

        Answer(("a", 100), ("b", 10));
        _registry.CheckOutliers();

        Assert.Equal("b", Available);
    }

    [Fact]
    public void One_that_answered_too_few_requests_is_not_compared()
    {
        Apply(Slow() with { Latency = new() { MinimumRequests = 11 } }, "a", "b", "c");

        Answer(("a", 100), ("b", 10), ("c", 10));
        _registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }

    // Hedging and impatient clients would hide it otherwise.
    [Fact]
    public void One_whose_answers_nobody_waits_for_is_found_by_how_long_they_did_wait()
    {
        Apply(Slow(), "a", "b", "c");
        Answer(("a", 10), ("b", 10), ("c", 10));
        _registry.CheckOutliers();

        for (var i = 0; i < 20; i++)
        {
            End("a", new AttemptResult(Outcome.Cancelled, RequestHeadSent: true) { Lasted = 200 * TimeSpan.TicksPerMillisecond });
        }

        _registry.CheckOutliers();

        Assert.Equal("b c", Available);
    }

    [Fact]
    public void Clients_that_leave_at_once_make_nobody_quick_or_slow()
    {
        Apply(Slow(), "a", "b", "c");
        Answer(("a", 10), ("b", 10), ("c", 10));
        _registry.CheckOutliers();

        for (var i = 0; i < 1000; i++)
        {
            End("a", new AttemptResult(Outcome.ClientLeft, RequestHeadSent: true) { Lasted = TimeSpan.TicksPerMillisecond });
        }

        _registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }

    [Fact]
    public void A_dry_run_tells_and_takes_nobody_out()
    {
        Apply(Detection with { DryRun = true }, "a", "b", "c");
        using var events = new Events(_registry);

        Fail("a", 50);

        Assert.Equal(("a b c", true), (Available, Assert.Single(_changes).Ejection.IsDryRun));
        Assert.Empty(events.Kinds());
        Assert.Null(_registry.Read().Clusters[0].Destinations[0].Ejection);
    }

    [Fact]
    public void Both_are_told_to_subscribers()
    {
        Apply(Detection, "a", "b");
        using var events = new Events(_registry);

        Fail("a", 5);
        _registry.EndEjection(Web, Web.Named("a"));

        Assert.Equal([DestinationChange.Ejected, DestinationChange.Readmitted], events.Kinds());
        Assert.Equal("by the operator", _changes[^1].Ended);
    }

    [Fact]
    public void It_outlives_a_reload()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);

        Apply(Detection with { EjectionTime = TimeSpan.FromSeconds(60) }, "a", "b");

        Assert.Equal("b", Available);
    }

    [Fact]
    public void It_ends_with_a_reload_that_switches_it_off()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);
        using var events = new Events(_registry);

        Apply(null, "a", "b");

        Assert.Equal("a b", Available);
        Assert.Contains(DestinationChange.Readmitted, events.Kinds());
    }

    [Fact]
    public void Without_it_nobody_is_taken_out()
    {
        Apply(null, "a", "b");

        Fail("a", 1000);

        Assert.Equal(("a b", (TimeSpan?)null), (Available, _registry.CheckOutliers()));
    }

    [Fact]
    public void The_passive_checks_of_YARP_are_a_share_of_requests_without_an_answer()
    {
        var options = new ClusterOptions { HealthCheck = new() { Passive = new() { Enabled = true, ReactivationPeriod = TimeSpan.FromSeconds(7) } } };
        _registry.Apply([Make.Cluster("web", options, "a", "b")]);

        Succeed("a", 7);
        Fail("a", 20, Outcome.ServerError);
        Assert.Equal("a b", Available);
        Fail("a", 12);

        Assert.Equal(("b", 7), (Available, Math.Round(_registry.CheckOutliers()!.Value.TotalSeconds, 3)));
    }

    private static OutlierDetectionOptions Slow() => new() { ConsecutiveFailures = 0, Latency = new() };

    private Ejection? Ejection(string name) => Web.Named(name).Ejection;

    private void Apply(OutlierDetectionOptions? detection, params string[] names) => Apply(detection, new ClusterOptions(), names);

    private void Apply(OutlierDetectionOptions? detection, ClusterOptions options, params string[] names) =>
        _registry.Apply([Make.Cluster("web", options with { OutlierDetection = detection }, names)]);

    private void Fail(string name, int count, Outcome outcome = Outcome.Reset) => End(name, new AttemptResult(outcome, RequestHeadSent: true), count);

    private void Succeed(string name, int count) => End(name, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true), count);

    private void Answer(params (string Name, double Milliseconds)[] answers) => Array.ForEach(
        answers, answer => End(answer.Name, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, ToHead: (long)(answer.Milliseconds * TimeSpan.TicksPerMillisecond)), 10));

    private void End(string name, AttemptResult result, int count = 1)
    {
        var destination = Web.Named(name);
        for (var i = 0; i < count; i++)
        {
            destination.End(result, _clock.GetUtcNow().Ticks);
        }
    }

    private sealed class Events(ClusterRegistry registry) : IDisposable
    {
        private readonly Subscription _subscription = registry.Subscribe();

        public List<DestinationChange> Kinds()
        {
            var kinds = new List<DestinationChange>();
            while (_subscription.Entries.TryRead(out var entry))
            {
                kinds.AddRange(entry.OfType<DestinationChanged>().Select(change => change.Change));
            }

            return kinds;
        }

        public void Dispose() => registry.Unsubscribe(_subscription);
    }
}
