using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryTests
{
    [Fact]
    public void A_cluster_is_found_whatever_the_case_of_its_name() =>
        Assert.Equal("web", Make.Registry(Make.Cluster("web", new(), "a")).Find("WEB")?.Name);

    [Fact]
    public void A_name_that_is_no_clusters_finds_nothing() => Assert.Null(Make.Registry(Make.Cluster("web", new(), "a")).Find("api"));

    [Fact]
    public void A_cluster_that_stays_is_the_same_object()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var before = registry.Find("web");

        registry.Apply([Make.Cluster("web", new(), "b")]);

        Assert.Same(before, registry.Find("web"));
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
        web.Named("old").Report(Outcome.Success, TimeSpan.FromMilliseconds(3));

        registry.Apply([new ClusterDefinition("web", Make.Probed, [Make.Definition("new", "http://one:1")])]);

        var renamed = web.Named("new");
        Assert.Equal((HealthVerdict.Healthy, 1L, 3.0), (renamed.Health.Status.Verdict, renamed.Load.Attempts, renamed.Load.LatencyMilliseconds));
    }

    [Fact]
    public void A_destination_takes_up_new_settings()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));

        registry.Apply([new ClusterDefinition("web", new(), [Make.Definition("a") with { Host = "www", ProbeAddress = new Uri("http://a:81") }])]);

        var destination = registry.Find("web")!.Named("a");
        Assert.Equal(("www", new Uri("http://a:81")), (destination.Host, destination.ProbeAddress));
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

        Assert.Equal("c", registry.Find("web")!.Current.All.Names());
    }

    [Fact]
    public void Destinations_have_the_order_of_the_definition()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));

        registry.Apply([Make.Cluster("web", new(), "c", "d", "a")]);

        Assert.Equal("c d a", registry.Find("web")!.Current.All.Names());
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
        var read = web.Current;

        registry.ReportProbe(web, web.Named("a"), Make.Failure);
        registry.Apply([Make.Cluster("web", new(), "c")]);

        Assert.Equal(("a b", "a b", Make.Probed), (read.All.Names(), read.Available.Names(), read.Options));
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
                seen = web.Current.All.Names();
            });
            other.Start();
            Assert.True(other.Join(TimeSpan.FromSeconds(30)));
        };

        registry.Apply([Make.Cluster("web", Make.Probed, "a")]);

        Assert.Equal("a", seen);
    }

    [Fact]
    public void The_picker_stays_while_the_policy_does()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var before = registry.Find("web")!.Current.Picker;

        registry.Apply([Make.Cluster("web", new(), "a", "b")]);

        Assert.Same(before, registry.Find("web")!.Current.Picker);
    }

    [Fact]
    public void A_new_policy_brings_a_picker_that_gets_to_know_the_one_before()
    {
        var created = new List<(DestinationPicker? Previous, DestinationPicker Picker)>();
        var registry = Make.Registry(createPicker: (_, previous) =>
        {
            created.Add((previous, new SpyPicker()));
            return created[^1].Picker;
        });
        registry.Apply([Make.Cluster("web", new(), "a")]);

        registry.Apply([Make.Cluster("web", new() { LoadBalancingPolicy = (LoadBalancingPolicy)1 }, "a")]);

        Assert.Equal([(null, created[0].Picker), (created[0].Picker, created[1].Picker)], created);
    }

    // Invariant 3 of the architecture: what is in a snapshot agrees, whoever reads it when.
    [Fact]
    public void New_destinations_are_never_seen_with_an_old_picker_or_old_options()
    {
        var registry = Make.Registry(createPicker: (policy, _) => new PolicyPicker(policy));
        registry.Apply([Generation(0)]);
        var web = registry.Find("web")!;
        using var done = new CancellationTokenSource();
        var torn = 0;
        var reader = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var snapshot = web.Current;
                var policy = snapshot.Options.LoadBalancingPolicy;
                if (((PolicyPicker)snapshot.Picker).Policy != policy || snapshot.All.Names() != $"d{(int)policy}" || snapshot.Available.Names() != snapshot.All.Names())
                {
                    torn++;
                }
            }
        });

        reader.Start();
        for (var generation = 1; generation <= 2_000; generation++)
        {
            registry.Apply([Generation(generation)]);
        }

        done.Cancel();
        reader.Join();

        Assert.Equal(0, torn);

        static ClusterDefinition Generation(int number) => Make.Cluster("web", new() { LoadBalancingPolicy = (LoadBalancingPolicy)number }, $"d{number}");
    }

    private sealed class PolicyPicker(LoadBalancingPolicy policy) : DestinationPicker
    {
        public LoadBalancingPolicy Policy { get; } = policy;

        public override Destination Pick(ReadOnlySpan<Destination> candidates) => candidates[0];
    }
}
