using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Sessions;
using LoadBalancer.Proxy.UnitTests.Configuration;
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

        Assert.Equal(HashKeys.OfText("42"), explanation.Affinity.Hash);
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

    [Fact]
    public void A_session_leads_to_its_destination_also_while_that_drains()
    {
        var registry = Make.Registry(Make.Cluster("web", new() { SessionAffinity = new() { Enabled = true } }, "a", "b"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("b"), OperatorState.Draining);
        var ask = new Ask { Headers = { ["Cookie"] = $"lb-web={web.Sessions!.IdOf(web.Named("b"))}" } };

        var explanation = Explain(TableOf(web), ask: ask);

        Assert.Equal((SessionKind.Known, null), (explanation.Affinity.Session.Kind, explanation.Refusal));
        Assert.Equal([(0.0, false), (1.0, true)], explanation.Destinations.Select(destination => (destination.Chance, destination.HasSession)));
    }

    [Fact]
    public void A_strict_session_whose_destination_is_down_is_503()
    {
        var registry = Make.Registry(Make.Cluster("web", new() { SessionAffinity = new() { Enabled = true, FailurePolicy = SessionFailurePolicy.Return503Error } }, "a", "b"));
        var web = registry.Find("web")!;
        registry.SetState(web, web.Named("b"), OperatorState.Down);

        Assert.Same(Refusal.NoDestination, Explain(TableOf(web), ask: new Ask { Headers = { ["Cookie"] = $"lb-web={web.Sessions!.IdOf(web.Named("b"))}" } }).Refusal);
    }

    [Fact]
    public void A_redirect_says_where_to_and_is_passed_over_by_what_is_there_already()
    {
        var table = Read("""{ "secure": { "Order": -1, "Redirect": { "Scheme": "https" } }, "rest": { "ClusterId": "web" } }""");

        var (plain, secure) = (Explain(table, "/a?b"), Explanation.Of(table, "GET", "localhost", "/a?b", "https", new Ask(), [], now: 0));

        Assert.Equal(("secure", "https://localhost/a?b", null), (plain.Route?.Name, plain.Location, plain.Cluster));
        Assert.Equal(("rest", "the request asks for just what the redirect leads to"), (secure.Route?.Name, secure.Routes[0].Mismatch));
    }

    [Fact]
    public void A_split_says_which_side_and_a_parameter_that_does_not_match_is_named()
    {
        var table = Read("""
            { "beta": { "ClusterId": "web", "Match": { "QueryParameters": [ { "Name": "v", "Values": [ "2" ] } ] } },
              "rest": { "Split": { "Clusters": { "web": 1, "other": 0 }, "Override": { "Header": "X-Side" } } } }
            """);

        var (usual, chosen) = (Explain(table, "/?v=1"), Explain(table, ask: new Ask { Headers = { ["X-Side"] = "other" } }));

        Assert.Equal(("web", "query parameter v: is not '2'", "other"), (usual.Cluster?.Name, usual.Routes[0].Mismatch, chosen.Cluster?.Name));
    }

    [Theory]
    [InlineData("TRACE", null)]
    [InlineData("CONNECT", "/none")]
    public void A_method_that_is_never_passed_on_is_405(string method, string? path)
    {
        var table = new RouteTable([RouteTo(Make.Cluster(new(), "a"), "r", path)]);

        Assert.Same(Refusal.MethodNotAllowed, Explanation.Of(table, method, "localhost", "/", "http", new Ask(), [], now: 0).Refusal);
    }

    private static RouteTable Read(string routes)
    {
        var (options, errors) = Json.Options($$"""{ "Routes": {{routes}}, "Clusters": { "web": {}, "other": {} } }""");
        Assert.Empty(errors);
        return RouteTable.Create(options, Make.Registry(Make.Cluster("web", new(), "a"), Make.Cluster("other", new(), "b")).Find);
    }

    private static RouteTable TableOf(Cluster cluster) => new([RouteTo(cluster, "r", null)]);

    private static Route RouteTo(Cluster cluster, string name, string? path) => new(name, new() { Match = new() { Path = path } }, cluster);

    private static IEnumerable<double> Chances(Cluster cluster) => Explain(TableOf(cluster)).Destinations.Select(destination => destination.Chance);

    private static string Pick(Cluster cluster) => cluster.Standing.Available[cluster.Standing.Pick(default, hash: null, dice: 12_345, now: 0)].Name;

    private static Explanation Explain(RouteTable table, string target = "/", Ask? ask = null) => Explanation.Of(table, "GET", "localhost", target, "http", ask ?? new Ask(), [], now: 0);
}
