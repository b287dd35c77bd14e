using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryAvailabilityTests
{
    [Fact]
    public void A_change_of_health_is_not_a_change_of_clusters()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        registry.Changed += () => Assert.Fail("Changed was raised.");

        registry.ReportProbe(registry.Find("web")!, registry.Find("web")!.Named("a"), Make.Failure);
    }

    [Fact]
    public void A_failed_probe_takes_a_destination_out()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;

        var transition = registry.ReportProbe(web, web.Named("a"), Make.Failure);

        Assert.Equal(new HealthTransition(HealthVerdict.Unknown, HealthVerdict.Unhealthy, "status code: 500"), transition);
        Assert.Equal("b", web.Standing.Available.Names());
    }

    [Fact]
    public void A_passed_probe_takes_it_in_again()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Failure);

        registry.ReportProbe(web, web.Named("a"), Make.Pass);

        Assert.Equal("a b", web.Standing.Available.Names());
    }

    [Fact]
    public void A_probe_that_changes_no_verdict_publishes_nothing()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Pass);
        var before = web.Standing;

        registry.ReportProbe(web, web.Named("a"), Make.Pass);

        Assert.Same(before, web.Standing);
    }

    [Fact]
    public void A_probe_of_a_removed_destination_says_nothing_any_more()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        var removed = web.Named("a");
        registry.Apply([Make.Cluster("web", Make.Probed, "b")]);

        Assert.Null(registry.ReportProbe(web, removed, Make.Failure));
        Assert.Equal(HealthVerdict.Unknown, removed.Health.Status.Verdict);
    }

    [Fact]
    public void A_probe_says_nothing_where_probing_is_off()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var web = registry.Find("web")!;

        Assert.Null(registry.ReportProbe(web, web.Named("a"), Make.Failure));
        Assert.Equal("a", web.Standing.Available.Names());
    }

    [Fact]
    public void Switching_probing_off_forgets_the_verdicts()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Failure);

        registry.Apply([Make.Cluster("web", new(), "a", "b")]);

        Assert.Equal((HealthVerdict.Unknown, "a b"), (web.Named("a").Health.Status.Verdict, registry.Find("web")!.Standing.Available.Names()));
    }

    [Fact]
    public void A_reload_keeps_an_unhealthy_destination_out()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Failure);

        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b", "c")]);

        Assert.Equal("b c", registry.Find("web")!.Standing.Available.Names());
    }

    [Theory]
    [InlineData(OperatorState.Active, "a b")]
    [InlineData(OperatorState.Draining, "b")]
    [InlineData(OperatorState.Down, "b")]
    public void The_operator_takes_a_destination_out_and_puts_it_back(OperatorState state, string available)
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("a"), OperatorState.Draining);

        Assert.Equal(OperatorState.Draining, registry.SetState(web, web.Named("a"), state));
        Assert.Equal(available, web.Standing.Available.Names());
    }

    [Fact]
    public void What_the_operator_wants_holds_over_a_reload()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("a"), OperatorState.Down);

        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);

        Assert.Equal("b", registry.Find("web")!.Standing.Available.Names());
    }

    [Fact]
    public void What_the_operator_wants_already_publishes_nothing()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var web = registry.Find("web")!;
        var before = web.Standing;

        registry.SetState(web, web.Named("a"), OperatorState.Active);

        Assert.Same(before, web.Standing);
    }

    [Fact]
    public void A_passed_probe_does_not_bring_back_what_the_operator_took_out()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("a"), OperatorState.Draining);

        registry.ReportProbe(web, web.Named("a"), Make.Pass);

        Assert.Equal("b", web.Standing.Available.Names());
    }

    [Theory]
    [InlineData(OperatorState.Active, DestinationFlags.None)]
    [InlineData(OperatorState.Draining, DestinationFlags.Draining)]
    [InlineData(OperatorState.Down, DestinationFlags.Down)]
    public void Draining_and_down_are_two_things(OperatorState state, object flags)
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("a"), OperatorState.Draining);

        registry.SetState(web, web.Named("a"), state);

        Assert.Equal((flags, state), (web.Named("a").Flags, web.Named("a").State));
    }

    [Fact]
    public void A_change_reaches_the_clusters_of_former_configurations_too()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var former = registry.Find("web")!;
        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);

        registry.ReportProbe(registry.Find("web")!, former.Named("a"), Make.Failure);

        Assert.Equal("b", former.Standing.Available.Names());
    }

    [Fact]
    public void A_connect_that_timed_out_makes_a_destination_the_last_choice_until_one_is_made()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));
        var web = registry.Find("web")!;
        var changes = new List<string>();
        registry.SuspicionChanged += (cluster, destination) => changes.Add($"{cluster.Name} {destination.Address.Host} {destination.IsSuspect}");
        web.Named("a").TryBegin();

        web.Named("a").End(new AttemptResult(Outcome.ConnectTimeout), now: 0);
        var suspect = (web.Standing.Candidates.Names(), web.Standing.Available.Names());
        web.Named("a").Reached();

        Assert.Equal((("b c", "b c a"), "a b c"), (suspect, web.Standing.Candidates.Names()));
        Assert.Equal(["web a True", "web a False"], changes);
    }
}
