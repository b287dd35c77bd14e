using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>What a subscriber of the registry is told of a reload.</summary>
public sealed class ChangeFeedReloadTests
{
    [Fact]
    public void A_reload_that_changes_nothing_is_not_told() => Assert.Empty(ToldOf(
        [Make.Cluster("web", Make.Probed, "a", "b")],
        [Make.Cluster("web", Make.Probed, "a", "b")]));

    [Fact]
    public void Destinations_are_told_that_come_and_that_go() => Assert.Equal(["3 web Removed a", "4 web Added c"], ToldOf(
        [Make.Cluster("web", new(), "a", "b")],
        [Make.Cluster("web", new(), "b", "c")]));

    [Fact]
    public void A_destination_that_goes_is_told_before_the_one_that_takes_its_name() => Assert.Equal(["3 web Removed a", "4 web Redefined a", "5 web Added b"], ToldOf(
        [new ClusterDefinition("web", new(), [Make.Definition("a", "http://one"), Make.Definition("b", "http://two")])],
        [new ClusterDefinition("web", new(), [Make.Definition("a", "http://two"), Make.Definition("b", "http://three")])]));

    [Theory]
    [InlineData("other", null, null)]
    [InlineData("a", "http://probe", null)]
    [InlineData("a", null, "host")]
    public void A_destination_with_another_definition_is_told(string name, string? probe, string? host) => Assert.Equal([$"2 web Redefined {name}"], ToldOf(
        [new ClusterDefinition("web", new(), [new DestinationDefinition("a", new Uri("http://one"))])],
        [new ClusterDefinition("web", new(), [new DestinationDefinition(name, new Uri("http://one"), probe is null ? null : new Uri(probe), host)])]));

    [Fact]
    public void A_verdict_that_is_forgotten_because_probing_is_switched_off_is_told()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a", "b"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Failure);
        var subscription = registry.SubscribeToChanges();

        registry.Apply([Make.Cluster("web", new(), "a", "b")]);

        var change = Assert.IsType<DestinationChanged>(Assert.Single(subscription.ReadAll()));
        Assert.Equal((4, DestinationChange.Health, HealthVerdict.Unknown, true), (change.Sequence, change.Change, change.Destination.Health.Verdict, change.Destination.IsAvailable));
    }

    [Fact]
    public void After_the_changes_a_new_cluster_is_told_with_the_state() => Assert.Equal(["2 api Added b", "2 [api RoundRobin: b] [web RoundRobin: a]"], ToldOf(
        [Make.Cluster("web", new(), "a")],
        [Make.Cluster("web", new(), "a"), Make.Cluster("api", new(), "b")]));

    [Fact]
    public void After_the_changes_the_state_is_told_without_a_cluster_that_goes() => Assert.Equal(["3 web Removed a", "3 [api RoundRobin: b]"], ToldOf(
        [Make.Cluster("web", new(), "a"), Make.Cluster("api", new(), "b")],
        [Make.Cluster("api", new(), "b")]));

    [Fact]
    public void A_cluster_without_destinations_that_comes_is_told_with_the_state() => Assert.Equal(["1 [api RoundRobin: ] [web RoundRobin: a]"], ToldOf(
        [Make.Cluster("web", new(), "a")],
        [Make.Cluster("web", new(), "a"), Make.Cluster("api", new())]));

    [Fact]
    public void Another_policy_is_told_with_the_state() => Assert.Equal(["1 [web Random: a]"], ToldOf(
        [Make.Cluster("web", new(), "a")],
        [Make.Cluster("web", new() { LoadBalancingPolicy = LoadBalancingPolicy.Random }, "a")]));

    [Fact]
    public void Another_order_is_told_with_the_state() => Assert.Equal(["2 [web RoundRobin: b a]"], ToldOf(
        [Make.Cluster("web", new(), "a", "b")],
        [Make.Cluster("web", new(), "b", "a")]));

    [Fact]
    public void A_destination_that_comes_before_others_is_told_with_the_state() => Assert.Equal(["2 web Added b", "2 [web RoundRobin: b a]"], ToldOf(
        [Make.Cluster("web", new(), "a")],
        [Make.Cluster("web", new(), "b", "a")]));

    private static IEnumerable<string> ToldOf(ClusterDefinition[] before, ClusterDefinition[] after)
    {
        var registry = Make.Registry(createPicker: (in _, _) => new SpyPicker());
        registry.Apply(before);
        var subscription = registry.SubscribeToChanges();

        registry.Apply(after);

        return subscription.ReadAll().Select(SubscriptionReading.Text);
    }
}
