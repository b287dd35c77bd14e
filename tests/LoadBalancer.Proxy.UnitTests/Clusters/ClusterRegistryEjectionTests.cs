using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryEjectionTests : EjectionRig
{
    [Fact]
    public void One_that_fails_so_many_times_in_a_row_is_out_and_back_when_its_time_is_up()
    {
        Apply(Detection, "a", "b", "c");

        Fail("a", 5);
        Assert.Equal(("b c", "5 failures in a row", Clock.GetUtcNow() + TimeSpan.FromSeconds(30)), (Available, Ejection("a")!.Reason, Ejection("a")!.Until));

        var next = Registry.CheckOutliers()!.Value;
        Clock.Advance(next - TimeSpan.FromMilliseconds(1));
        Registry.CheckOutliers();
        Assert.Equal("b c", Available);
        Clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Null(Registry.CheckOutliers());

        Assert.Equal(("a b c", 30), (Available, Math.Round(next.TotalSeconds, 3)));
        Assert.Equal([null, "its time is up"], Changes.Select(change => change.Ended));
    }

    [Fact]
    public void What_was_under_way_while_it_was_out_does_not_send_it_away_again()
    {
        Apply(Detection, "a", "b", "c");
        Fail("a", 5);
        Fail("a", 4);

        Registry.EndEjection(Web, Web.Named("a"));
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
            terms.Add(Math.Round(Registry.CheckOutliers()!.Value.TotalSeconds, 3));
            Clock.Advance(TimeSpan.FromSeconds(terms[^1] + 0.001));
            Registry.CheckOutliers();
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
    public void One_beside_which_there_are_only_those_without_weight_stays()
    {
        Apply(Detection, "a", "b");
        Registry.SetWeight(Web, Web.Named("b"), 0);

        Fail("a", 50);

        Assert.Equal("a", Available);
    }

    [Fact]
    public void One_that_was_not_to_go_is_out_once_another_is_back()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);
        Fail("b", 5);

        Registry.EndEjection(Web, Web.Named("a"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Fail("b", 1);

        Assert.Equal("a", Available);
    }

    [Fact]
    public void When_no_other_is_available_any_more_it_is_back_at_once()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);

        Registry.SetState(Web, Web.Named("b"), OperatorState.Draining);

        Assert.Equal(("a", "no other is available"), (Available, Changes[^1].Ended));
    }

    [Fact]
    public void When_the_operator_takes_the_weight_of_all_others_it_is_back_at_once()
    {
        Apply(Detection, "a", "b");
        Fail("a", 5);

        Registry.SetWeight(Web, Web.Named("b"), 0);

        Assert.Equal("a", Available);
    }

    [Fact]
    public void When_the_probes_of_all_others_fail_it_is_back_at_once()
    {
        Apply(Detection, Make.Probed, "a", "b");
        Fail("a", 5);

        Registry.ReportProbe(Web, Web.Named("b"), Make.Failure);

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

        Registry.ReportProbe(Web, Web.Named("a"), passes ? Make.Pass : Make.Failure);

        Assert.Equal(available, Available);
    }

    // Hedging and impatient clients would hide it otherwise.
    [Fact]
    public void A_dry_run_tells_and_takes_nobody_out()
    {
        Apply(Detection with { DryRun = true }, "a", "b", "c");
        using var events = new Events(Registry);

        Fail("a", 50);

        Assert.Equal(("a b c", true), (Available, Assert.Single(Changes).Ejection.IsDryRun));
        Assert.Empty(events.Kinds());
        Assert.Null(Registry.Read().Clusters[0].Destinations[0].Ejection);
    }

    [Fact]
    public void Both_are_told_to_subscribers()
    {
        Apply(Detection, "a", "b");
        using var events = new Events(Registry);

        Fail("a", 5);
        Registry.EndEjection(Web, Web.Named("a"));

        Assert.Equal([DestinationChange.Ejected, DestinationChange.Readmitted], events.Kinds());
        Assert.Equal("by the operator", Changes[^1].Ended);
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
        using var events = new Events(Registry);

        Apply(null, "a", "b");

        Assert.Equal("a b", Available);
        Assert.Contains(DestinationChange.Readmitted, events.Kinds());
    }

    [Fact]
    public void Without_it_nobody_is_taken_out()
    {
        Apply(null, "a", "b");

        Fail("a", 1000);

        Assert.Equal(("a b", (TimeSpan?)null), (Available, Registry.CheckOutliers()));
    }

    [Fact]
    public void The_passive_checks_of_YARP_are_a_share_of_requests_without_an_answer()
    {
        var options = new ClusterOptions { HealthCheck = new() { Passive = new() { Enabled = true, ReactivationPeriod = TimeSpan.FromSeconds(7) } } };
        Registry.Apply([Make.Cluster("web", options, "a", "b")]);

        Succeed("a", 7);
        Fail("a", 20, Outcome.ServerError);
        Assert.Equal("a b", Available);
        Fail("a", 12);

        Assert.Equal(("b", 7), (Available, Math.Round(Registry.CheckOutliers()!.Value.TotalSeconds, 3)));
    }
}
