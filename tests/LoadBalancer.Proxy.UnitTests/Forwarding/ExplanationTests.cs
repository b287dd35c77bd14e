using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.UnitTests.Routing;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class ExplanationTests
{
    public static readonly TheoryData<LoadBalancingPolicy> Policies = [.. Enum.GetValues<LoadBalancingPolicy>()];

    [Fact]
    public void Where_no_route_matches_all_are_told_and_the_answer_is_404()
    {
        var web = Make.Cluster(new(), "a");
        var explanation = Explain(new RouteTable([RouteTo(web, "r1", "/one"), RouteTo(web, "r2", "/two")]));

        Assert.Equal((2, null, Refusal.NoRoute, 0), (explanation.Routes.Count, explanation.Route, explanation.Refusal, explanation.Destinations.Count));
    }

    [Fact]
    public void Routes_behind_the_one_that_matches_are_not_told()
    {
        var web = Make.Cluster(new(), "a");
        var explanation = Explain(new RouteTable([RouteTo(web, "r1", "/one"), RouteTo(web, "r2", "/{any}"), RouteTo(web, "r3", null)]), "/x");

        Assert.Equal(("r1 r2", "r2"), (string.Join(' ', explanation.Routes.Select(reason => reason.Route.Name)), explanation.Route?.Name));
    }

    [Fact]
    public void Whose_turn_it_is_is_told_for_certain_and_stays_so()
    {
        var web = Make.Cluster(new(), "a", "b", "c");
        Pick(web);

        Assert.Equal([0, 1, 0], Chances(web));
        Assert.Equal([0, 1, 0], Chances(web));
        Assert.Equal("b", Pick(web));
    }

    // The next pick must be of the one that is told to be next.
    [Theory]
    [MemberData(nameof(Policies))]
    public void To_explain_takes_no_turn_and_counts_nothing(LoadBalancingPolicy policy)
    {
        var (asked, other) = (Make.Cluster(new() { LoadBalancingPolicy = policy }, "a", "b", "c"), Make.Cluster(new() { LoadBalancingPolicy = policy }, "a", "b", "c"));

        for (var i = 0; i < 7; i++)
        {
            Explain(TableOf(asked));
            Assert.Equal(Pick(other), Pick(asked));
        }

        Assert.All(asked.Standing.Members.ToArray(), member => Assert.Equal((0, 0), (member.Destination.Load.InFlight, member.Destination.Load.Attempts)));
    }

    [Theory]
    [InlineData(LoadBalancingPolicy.Random)]
    [InlineData(LoadBalancingPolicy.LeastRequests)]
    [InlineData(LoadBalancingPolicy.PowerOfTwoChoices)]
    [InlineData(LoadBalancingPolicy.ConsistentHash)]
    public void Where_a_lot_decides_the_chance_of_each_is_told(LoadBalancingPolicy policy) =>
        Assert.All(Chances(Make.Cluster(new() { LoadBalancingPolicy = policy }, "a", "b", "c", "d")), chance => Assert.InRange(chance, 0.2, 0.3));

    [Theory]
    [InlineData(LoadBalancingPolicy.LeastRequests)]
    [InlineData(LoadBalancingPolicy.PowerOfTwoChoices)]
    [InlineData(LoadBalancingPolicy.PeakEwma)]
    public void The_one_that_is_less_busy_is_next(LoadBalancingPolicy policy)
    {
        var web = Make.Cluster(new() { LoadBalancingPolicy = policy }, "a", "b");
        web.Named("a").TryBegin();

        Assert.Equal([0, 1], Chances(web));
    }

    [Fact]
    public void The_destination_of_the_key_is_next_and_the_key_is_told()
    {
        var web = Make.Cluster(new() { LoadBalancingPolicy = LoadBalancingPolicy.ConsistentHash, Hash = new() { Source = HashSource.Header, Name = "X-Tenant" } }, "a", "b", "c");

        var explanation = Explain(TableOf(web), ask: new Ask { Headers = { ["X-Tenant"] = "42" } });

        Assert.Equal(HashKeys.OfText("42"), explanation.Hash);
        Assert.Equal([0, 0, 1], explanation.Destinations.Select(destination => destination.Chance).Order());
    }

    [Fact]
    public void Without_a_candidate_the_first_of_the_reserve_is_next()
    {
        var web = Make.Registry(Make.ClusterOf("web", Make.Probed, Make.Definition("a") with { Weight = 0 }, Make.Definition("b") with { Priority = 1 })).Find("web")!;

        Assert.Equal(
            [(Placement.Weightless, 0), (Placement.Candidate, 1.0)],
            Explain(TableOf(web)).Destinations.Select(destination => (destination.Placement, destination.Chance)));
    }

    [Fact]
    public void Where_nobody_is_available_the_answer_is_503()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        registry.SetState(registry.Find("web")!, registry.Find("web")!.Named("a"), OperatorState.Down);

        var explanation = Explain(TableOf(registry.Find("web")!));

        Assert.Equal((Refusal.NoDestination, Placement.Down), (explanation.Refusal, explanation.Destinations.Single().Placement));
    }

    [Fact]
    public void A_rate_limit_that_is_used_up_is_told_and_what_is_left_of_it_stays()
    {
        var route = new Route("r", new(), Make.Cluster(new(), "a")) { RateLimiter = new RateLimiter(new() { Requests = 1, Per = TimeSpan.FromSeconds(5), By = RateLimitKey.Route }) };
        var table = new RouteTable([route]);

        Assert.Equal((null, null), (Explain(table).Refusal, Explain(table).Refusal));
        route.RateLimiter!.Take(0, now: 0);
        Assert.Equal((429, 5), Explain(table).Refusal is { } refusal ? (refusal.Status, refusal.RetryAfter) : default);
    }

    [Fact]
    public void A_path_that_could_lead_out_of_that_of_a_destination_is_400()
    {
        var web = Make.Registry(Make.ClusterOf("web", new(), Make.Definition("a", "http://a/prefix"))).Find("web")!;

        Assert.Same(Refusal.ClimbingPath, Explain(TableOf(web), "/x/..").Refusal);
    }

    [Theory]
    [InlineData("TRACE", null)]
    [InlineData("CONNECT", "/none")]
    public void A_method_that_is_never_passed_on_is_405(string method, string? path)
    {
        var table = new RouteTable([RouteTo(Make.Cluster(new(), "a"), "r", path)]);

        Assert.Same(Refusal.MethodNotAllowed, Explanation.Of(table, method, "localhost", "/", new Ask(), [], now: 0).Refusal);
    }

    private static RouteTable TableOf(Cluster cluster) => new([RouteTo(cluster, "r", null)]);

    private static Route RouteTo(Cluster cluster, string name, string? path) => new(name, new() { Match = new() { Path = path } }, cluster);

    private static IEnumerable<double> Chances(Cluster cluster) => Explain(TableOf(cluster)).Destinations.Select(destination => destination.Chance);

    private static string Pick(Cluster cluster) => cluster.Standing.Available[cluster.Standing.Pick(default, hash: null, dice: 12_345, now: 0)].Name;

    private static Explanation Explain(RouteTable table, string target = "/", Ask? ask = null) => Explanation.Of(table, "GET", "localhost", target, ask ?? new Ask(), [], now: 0);
}
