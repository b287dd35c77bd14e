using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterRegistrySlowStartTests
{
    private static readonly ClusterOptions Slow = Make.Probed with { SlowStart = new() { Time = TimeSpan.FromSeconds(10) } };

    private readonly ManualTimeProvider _clock = new();
    private readonly ClusterRegistry _registry;

    public ClusterRegistrySlowStartTests()
    {
        _registry = Make.Registry(_clock);
        _registry.Apply([Make.Cluster("web", Slow, "a", "b")]);
    }

    [Fact]
    public void Those_that_are_there_at_the_start_have_their_full_share()
    {
        Probe("a", Make.Pass);

        Assert.Equal((1, null), (WeightOf("a"), _registry.WarmUp()));
    }

    [Fact]
    public void One_that_is_healthy_again_comes_to_its_share_slowly()
    {
        Probe("a", Make.Failure);
        Probe("a", Make.Pass);

        var weights = new List<double> { WeightOf("a") };
        for (var second = 1; second <= 10; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _registry.WarmUp();
            weights.Add(Math.Round(WeightOf("a"), 3));
        }

        Assert.Equal([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], weights);
        Assert.Equal(1, WeightOf("b"));
    }

    [Fact]
    public void One_that_is_added_comes_to_its_share_slowly()
    {
        _registry.Apply([Make.ClusterOf("web", Slow, Make.Definition("a"), Make.Definition("b"), Make.Definition("c") with { Weight = 4 })]);

        Assert.Equal((1, 0.4), (WeightOf("a"), WeightOf("c")));
    }

    [Fact]
    public void One_that_was_down_comes_to_its_share_slowly()
    {
        SetState("a", OperatorState.Down);
        SetState("a", OperatorState.Active);

        Assert.Equal(0.1, WeightOf("a"));
    }

    [Fact]
    public void One_that_becomes_unhealthy_meanwhile_begins_anew()
    {
        Probe("a", Make.Failure);
        Probe("a", Make.Pass);
        _clock.Advance(TimeSpan.FromSeconds(8));
        Probe("a", Make.Failure);
        Probe("a", Make.Failure);

        Probe("a", Make.Pass);

        Assert.Equal(0.1, WeightOf("a"));
    }

    [Fact]
    public void It_is_told_that_one_begins_and_how_long_a_step_takes_until_none_does()
    {
        var began = 0;
        _registry.WarmUpBegan += () => began++;
        Probe("a", Make.Failure);

        Probe("a", Make.Pass);

        Assert.Equal((1, TimeSpan.FromSeconds(0.2)), (began, _registry.WarmUp()));
        _clock.Advance(TimeSpan.FromSeconds(11));
        _registry.WarmUp();
        Assert.Equal((1, null), (WeightOf("a"), _registry.WarmUp()));
    }

    [Fact]
    public void Without_slow_start_the_share_is_there_at_once()
    {
        _registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);
        Probe("a", Make.Failure);
        Probe("a", Make.Pass);

        Assert.Equal((1, null), (WeightOf("a"), _registry.WarmUp()));
    }

    // One of two with a share of 0.1 gets a tenth of what the other gets.
    [Fact]
    public void Requests_go_by_the_share()
    {
        Probe("a", Make.Failure);
        Probe("a", Make.Pass);
        var standing = _registry.Find("web")!.Standing;

        var picks = Enumerable.Range(0, 110).Count(_ => standing.Available[standing.Pick(default, null, 0, 0)].Name == "a");

        Assert.Equal(10, picks);
    }

    private void Probe(string name, ProbeResult result) => _registry.ReportProbe(_registry.Find("web")!, _registry.Find("web")!.Named(name), result);

    private void SetState(string name, OperatorState state) => _registry.SetState(_registry.Find("web")!, _registry.Find("web")!.Named(name), state);

    private double WeightOf(string name)
    {
        var standing = _registry.Find("web")!.Standing;
        return standing.Weights[Array.FindIndex(standing.Members.ToArray(), member => member.Name == name)];
    }
}
