using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistryWeightTests
{
    [Fact]
    public void Requests_go_by_the_weights_of_the_configuration() =>
        Assert.Equal("a a b a c a a", Picks(Make.Registry(Make.ClusterOf("web", new(), Make.Definition("a") with { Weight = 5 }, Make.Definition("b"), Make.Definition("c"))), 7));

    [Fact]
    public void Requests_go_by_the_weight_that_the_operator_gave()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));

        Assert.Null(SetWeight(registry, "a", 3));

        Assert.Equal("a a b a", Picks(registry, 4));
    }

    [Fact]
    public void The_weight_of_the_operator_holds_over_a_reload_that_has_another()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        SetWeight(registry, "a", 3);

        registry.Apply([Make.ClusterOf("web", new(), Make.Definition("a") with { Weight = 9 }, Make.Definition("b"), Make.Definition("c"))]);

        Assert.Equal([3, 1, 1], registry.Find("web")!.Standing.Weights.ToArray());
    }

    [Fact]
    public void Given_back_the_weight_is_that_of_the_configuration_now()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        SetWeight(registry, "a", 3);
        registry.Apply([Make.ClusterOf("web", new(), Make.Definition("a") with { Weight = 9 }, Make.Definition("b"))]);

        Assert.Equal(3, SetWeight(registry, "a", null));

        Assert.Equal([9, 1], registry.Find("web")!.Standing.Weights.ToArray());
    }

    [Fact]
    public void Weight_0_means_no_new_requests()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));

        SetWeight(registry, "a", 0);

        Assert.Equal("b b b", Picks(registry, 3));
    }

    [Fact]
    public void A_new_weight_of_the_configuration_counts_at_once()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));

        registry.Apply([Make.ClusterOf("web", new(), Make.Definition("a") with { Weight = 2 }, Make.Definition("b"))]);

        Assert.Equal([2, 1], registry.Find("web")!.Standing.Weights.ToArray());
    }

    [Fact]
    public void A_weight_reaches_the_clusters_of_former_configurations_too()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        var former = registry.Find("web")!;
        registry.Apply([Make.Cluster("web", new(), "a", "b")]);

        SetWeight(registry, "a", 0);

        Assert.Equal("b", former.Standing.Available.Names());
    }

    [Fact]
    public void A_change_of_weight_is_told_and_the_same_weight_again_is_not()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
        var subscription = registry.SubscribeToChanges();

        SetWeight(registry, "a", 3);
        SetWeight(registry, "a", 3);

        var told = Assert.IsType<DestinationChanged>(Assert.Single(subscription.ReadAll()));
        Assert.Equal((DestinationChange.Weight, "a", 3, 3), (told.Change, told.Destination.Definition.Name, told.Destination.Weight, told.Destination.OperatorWeight));
    }

    private static int? SetWeight(ClusterRegistry registry, string name, int? weight) => registry.SetWeight(registry.Find("web")!, registry.Find("web")!.Named(name), weight);

    private static string Picks(ClusterRegistry registry, int count)
    {
        var standing = registry.Find("web")!.Standing;
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => standing.Available[standing.Pick(default, null, 0, 0)].Name));
    }
}
