using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryTests
{
    [Fact]
    public void A_cluster_is_found_whatever_the_case_of_its_name() =>
        Assert.Equal("web", Make.Registry(Make.Cluster("web", new(), "a")).Find("WEB")?.Name);

    [Fact]
    public void A_name_that_is_no_clusters_finds_nothing() => Assert.Null(Make.Registry(Make.Cluster("web", new(), "a")).Find("api"));

    // What was matched in one configuration is served by it to its end.
    [Fact]
    public void A_cluster_that_was_found_keeps_its_options_and_destinations_over_a_reload()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var before = registry.Find("web")!;

        registry.Apply([Make.Cluster("web", Make.Probed, "b")]);

        Assert.Equal(("a", false), (before.Standing.Members.Names(), before.Options.HealthCheck.Active.Enabled));
    }

    [Fact]
    public void A_cluster_that_is_not_named_any_more_is_gone()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"), Make.Cluster("api", new(), "b"));

        registry.Apply([Make.Cluster("api", new(), "b")]);

        Assert.Equal(["api"], registry.Clusters.Select(cluster => cluster.Name));
    }

    [Fact]
    public void A_destination_that_stays_is_the_same_object()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        var before = registry.Find("web")!.Named("b");

        registry.Apply([Make.Cluster("web", new(), "b", "c")]);

        Assert.Same(before, registry.Find("web")!.Named("b"));
    }

    [Fact]
    public void A_destination_keeps_its_counters_and_verdict_under_a_new_name()
    {
        var registry = Make.Registry(new ClusterDefinition("web", Make.Probed, [Make.Definition("old", "http://one:1")]));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("old"), Make.Pass);
        web.Named("old").TryBegin();
        web.Named("old").End(new AttemptResult(Outcome.Success, 200, true, true, ToHead: 3 * TimeSpan.TicksPerMillisecond), now: 0);

        registry.Apply([new ClusterDefinition("web", Make.Probed, [Make.Definition("new", "http://one:1")])]);

        var renamed = registry.Find("web")!.Named("new");
        Assert.Equal((HealthVerdict.Healthy, 1L, 3.0), (renamed.Health.Status.Verdict, renamed.Load.Attempts, renamed.Load.LatencyMilliseconds));
    }

    [Fact]
    public void A_destination_takes_up_new_settings()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));

        registry.Apply([new ClusterDefinition("web", new(), [Make.Definition("a") with { Host = "www", ProbeAddress = new Uri("http://a:81") }])]);

        var member = registry.Find("web")!.Standing.Members[0];
        Assert.Equal(("www", new Uri("http://a:81")), (member.Host, member.ProbeAddress));
    }

    [Fact]
    public void One_address_in_two_clusters_is_two_destinations()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"), Make.Cluster("api", new(), "a"));

        Assert.NotSame(registry.Find("web")!.Named("a"), registry.Find("api")!.Named("a"));
    }

    [Fact]
    public void Removed_destinations_are_gone()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));

        registry.Apply([Make.Cluster("web", new(), "c")]);

        Assert.Equal("c", registry.Find("web")!.Standing.Members.Names());
    }

    [Fact]
    public void Destinations_have_the_order_of_the_definition()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));

        registry.Apply([Make.Cluster("web", new(), "c", "d", "a")]);

        Assert.Equal("c d a", registry.Find("web")!.Standing.Members.Names());
    }

    [Fact]
    public void A_destination_that_comes_back_is_a_new_one()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var before = registry.Find("web")!.Named("a");

        registry.Apply([Make.Cluster("web", new())]);
        registry.Apply([Make.Cluster("web", new(), "a")]);

        Assert.NotSame(before, registry.Find("web")!.Named("a"));
    }

    [Fact]
    public void A_snapshot_that_was_read_never_changes()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        var read = web.Standing;

        registry.ReportProbe(web, web.Named("a"), Make.Failure);
        registry.Apply([Make.Cluster("web", new(), "c")]);

        Assert.Equal(("a b", "a b"), (read.Members.Names(), read.Available.Names()));
    }

    [Fact]
    public void Changed_comes_after_the_change_and_after_the_lock_is_left()
    {
        var registry = Make.Registry();
        var seen = "";
        registry.Changed += () =>
        {
            // Another thread can only read and write the registry meanwhile when the lock is free.
            var other = new Thread(() =>
            {
                var web = registry.Find("web")!;
                registry.ReportProbe(web, web.Named("a"), Make.Failure);
                seen = web.Standing.Members.Names();
            });
            other.Start();
            Assert.True(other.Join(TimeSpan.FromSeconds(30)));
        };

        registry.Apply([Make.Cluster("web", Make.Probed, "a")]);

        Assert.Equal("a", seen);
    }

    [Fact]
    public void The_turns_go_on_over_a_reload()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));
        registry.Find("web")!.Standing.Pick(default, null, 0, 0);

        registry.Apply([Make.Cluster("web", new(), "a", "b", "c")]);

        Assert.Equal(1, registry.Find("web")!.Standing.Pick(default, null, 0, 0));
    }

    [Fact]
    public void Each_snapshot_has_a_picker_that_gets_to_know_the_one_before_and_those_it_is_to_choose_among()
    {
        var created = new List<(string Members, Picker? Previous, Picker Picker)>();
        var registry = Make.Registry(createPicker: (in plan, previous) =>
        {
            created.Add((plan.Members.Names(), previous, new SpyPicker()));
            return created[^1].Picker;
        });
        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);
        registry.ReportProbe(registry.Find("web")!, registry.Find("web")!.Named("a"), Make.Failure);

        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b", "c")]);

        Assert.Equal([("a b", null, created[0].Picker), ("b", created[0].Picker, created[1].Picker), ("b c", created[1].Picker, created[2].Picker)], created);
    }

    [Fact]
    public void What_is_prepared_changes_nothing_before_it_is_committed()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        var a = registry.Find("web")!.Named("a");
        registry.ReportProbe(registry.Find("web")!, a, Make.Failure);

        registry.Prepare([new ClusterDefinition("web", new(), [Make.Definition("renamed", "http://a")]), Make.Cluster("api", new(), "b")]);

        Assert.Equal(("web", "a", HealthVerdict.Unhealthy), (string.Join(' ', registry.Clusters.Select(cluster => cluster.Name)), registry.Find("web")!.Standing.Members.Names(), a.Health.Status.Verdict));
    }

    [Fact]
    public void What_changes_between_preparation_and_commit_counts()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        var prepared = registry.Prepare([Make.Cluster("web", Make.Probed, "a", "b", "c")]);
        registry.ReportProbe(web, web.Named("a"), Make.Failure);
        registry.SetState(web, web.Named("b"), OperatorState.Draining);

        registry.Commit(prepared);

        Assert.Equal("c", registry.Find("web")!.Standing.Available.Names());
    }

    [Fact]
    public void What_was_prepared_beside_another_configuration_is_not_committed()
    {
        var registry = Make.Registry();
        var prepared = registry.Prepare([Make.Cluster("web", new(), "a")]);
        registry.Apply([Make.Cluster("web", new(), "b")]);

        Assert.Throws<InvalidOperationException>(() => registry.Commit(prepared));
        Assert.Equal("b", registry.Find("web")!.Standing.Members.Names());
    }

    [Fact]
    public void What_leads_to_the_clusters_is_published_with_them()
    {
        var registry = Make.Registry();
        var seen = "";

        registry.Commit(registry.Prepare([Make.Cluster("web", new(), "a")]), () => seen = registry.Find("web")!.Standing.Members.Names());

        Assert.Equal("a", seen);
    }

    [Theory]
    [InlineData("http://h/a", "http://h/a/", true)]
    [InlineData("http://h", "http://H:80/", true)]
    [InlineData("http://h/a", "http://h/A", false)]
    [InlineData("http://h", "https://h", false)]
    public void A_destination_is_kept_by_its_address_however_it_is_spelled(string before, string after, bool isKept)
    {
        var registry = Make.Registry(new ClusterDefinition("web", new(), [Make.Definition("a", before)]));
        var destination = registry.Find("web")!.Named("a");

        registry.Apply([new ClusterDefinition("web", new(), [Make.Definition("a", after)])]);

        Assert.Equal(isKept, registry.Find("web")!.Named("a") == destination);
    }

    // Invariant 3 of the architecture: what is in a standing agrees, whoever reads it when.
    [Fact]
    public void Available_destinations_are_never_seen_with_a_picker_over_others()
    {
        var registry = Make.Registry(createPicker: (in plan, _) => new PlannedPicker(plan.Members.Names()));
        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b", "c")]);
        var web = registry.Find("web")!;
        using var done = new CancellationTokenSource();
        var torn = 0;
        var reader = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var standing = web.Standing;
                if (((PlannedPicker)standing.Picker).Members != standing.Available.Names() || standing.Candidates.Names() != standing.Available.Names())
                {
                    torn++;
                }
            }
        });

        reader.Start();
        for (var round = 0; round < 2_000; round++)
        {
            registry.SetState(web, web.Named(((char)('a' + (round % 3))).ToString()), (OperatorState)(round % 2));
        }

        done.Cancel();
        reader.Join();

        Assert.Equal(0, torn);
    }

    private sealed class PlannedPicker(string members) : Picker
    {
        public string Members { get; } = members;

        public override int Pick(in PickContext context) => 0;
    }
}
