using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>What the picker makes of zones. Those in capitals are in another zone than the proxy.</summary>
public sealed class StandingZoneTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void No_destination_of_the_own_zone_gets_more_than_it_had_at_the_threshold()
    {
        var web = Registry(new ClusterOptions { ZonePreference = new() { Threshold = 0.5 } }, "a", "b", "c", "d", "X", "Y");
        foreach (var name in new[] { "b", "c", "d" })
        {
            web.SetFlag(name);
        }

        // With all four, each had a quarter, and at the threshold a half. The other half is shared by those elsewhere.
        Assert.Equal("a=50 X=25 Y=25", Shares(web.Standing, 100));
    }

    [Fact]
    public void Elsewhere_each_gets_its_part_of_what_is_too_much_by_its_weight()
    {
        var web = Registry(new ClusterOptions { ZonePreference = new() { Threshold = 1 } }, "a", "b", "X", "Y*3");
        web.SetFlag("b");

        Assert.Equal("a=400 X=100 Y=300", Shares(web.Standing, 800));
    }

    [Fact]
    public void The_weights_that_are_told_are_those_that_it_goes_by()
    {
        var web = Registry(new ClusterOptions { ZonePreference = new() { Threshold = 1 } }, "a", "b", "X", "Y*3");
        web.SetFlag("b");

        Assert.Equal([1, 1, 0.25, 0.75], web.Standing.WeightsInForce.ToArray());
        Assert.Equal([1, 1, 1, 3], web.Standing.Weights.ToArray());
    }

    [Fact]
    public void What_went_elsewhere_comes_back_step_by_step_with_one_that_warms_up()
    {
        var options = new ClusterOptions { ZonePreference = new() { Threshold = 1 }, SlowStart = new() { Time = TimeSpan.FromSeconds(10) } };
        var web = Registry(options, "a", "b", "X");
        web.Registry.SetState(web.Cluster, web.Cluster.Named("b"), OperatorState.Down);
        web.Registry.SetState(web.Cluster, web.Cluster.Named("b"), OperatorState.Active);

        var shares = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            shares.Add(Shares(web.Standing, 2000));
            _clock.Advance(TimeSpan.FromSeconds(5));
            web.Registry.WarmUp();
        }

        Assert.Equal(["a=1000 b=100 X=900", "a=1000 b=500 X=500", "a=1000 b=1000"], shares);
    }

    [Fact]
    public void A_key_stays_in_the_own_zone()
    {
        var options = new ClusterOptions { LoadBalancingPolicy = LoadBalancingPolicy.ConsistentHash };
        var web = Registry(options, "a", "X", "Y");

        Assert.Equal("a=100", Shares(web.Standing, 100, key: true));
    }

    [Fact]
    public void Who_has_tried_the_own_zone_goes_elsewhere_before_a_backup()
    {
        var standing = Registry(new ClusterOptions(), "a", "b!", "X").Standing;
        Tried tried = default;
        tried.Add(standing.Pick(tried, null, 0, 0));

        Assert.Equal("X", standing.Available[standing.Pick(tried, null, 0, 0)].Name);
    }

    // name, * and the weight, ! for a backup.
    private Web Registry(ClusterOptions options, params string[] members)
    {
        var registry = Make.Registry(_clock, Pickers.Create);
        registry.Apply([Make.ClusterOf("web", options with { HealthCheck = Make.Probed.HealthCheck }, Array.ConvertAll(members, text => Make.Definition(text[..1]) with
        {
            IsElsewhere = char.IsAsciiLetterUpper(text[0]),
            Weight = text.Contains('*', StringComparison.Ordinal) ? text[^1] - '0' : 1,
            Priority = text.EndsWith('!') ? 1 : 0,
        }))]);
        return new Web(registry);
    }

    private static string Shares(Standing standing, int picks, bool key = false) => string.Join(' ', Enumerable.Range(0, picks)
        .Select(i => standing.Available[standing.Pick(default, key ? (ulong)i << 56 : null, 0, 0)].Name)
        .GroupBy(name => name)
        .OrderBy(group => char.ToLowerInvariant(group.Key[0]))
        .Select(group => $"{group.Key}={group.Count()}"));

    private sealed record Web(ClusterRegistry Registry)
    {
        public Cluster Cluster => Registry.Find("web")!;

        public Standing Standing => Cluster.Standing;

        public void SetFlag(string name) => Registry.ReportProbe(Cluster, Cluster.Named(name), Make.Failure);
    }
}
