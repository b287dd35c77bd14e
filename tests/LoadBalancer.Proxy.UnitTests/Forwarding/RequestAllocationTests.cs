using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.UnitTests.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>What stands in the path of every request leaves nothing to the garbage collector.</summary>
public sealed class RequestAllocationTests
{
    private readonly ClusterRegistry _registry = Make.Registry(Make.Cluster("web", new(), "a", "b", "c"));
    private readonly Ask _ask = new()
    {
        Host = "www.shop.example",
        Headers = { ["X-Area"] = new StringValues(["north", "south", "east"]), ["X-Kind"] = "plain" },
    };

    private Attempts _attempts;
    private long _now;

    [Fact]
    public void A_request_allocates_nothing_from_its_match_to_the_end_of_its_attempt()
    {
        var table = Table();

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            var path = TargetPath.Of("/items/%34%32/../43?page=%31+2", stackalloc char[64]);
            var route = table.Match(new RequestFacts("GET", "www.shop.example:8080", path, _ask, TargetPath.Query("/items/%34%32/../43?page=%31+2")))!;
            _attempts.Begin(route, route.Cluster!, Affinity.None, Traits.Idempotent, ++_now);
            var decision = _attempts.Next(_now, (ulong)_now);
            Assert.True(decision.Act == Act.Send && _attempts.Head(0, new AnswerHead(200), canReplay: true, _now, 0).Act == Act.Relay);
            _attempts.Ended(0, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true, ToHead: 1), canReplay: true, _now, 0);
            _attempts.Abandon(_now);
        }));
    }

    [Fact]
    public void Nor_does_one_whose_first_destination_cannot_be_reached()
    {
        var route = Table().Routes[0];

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            _attempts.Begin(route, route.Cluster!, Affinity.None, Traits.Idempotent, ++_now);
            _attempts.Next(_now, (ulong)_now);
            Assert.True(_attempts.Ended(0, new AttemptResult(Outcome.ConnectFailed), canReplay: true, _now, 0).Act == Act.Send);
            _attempts.Abandon(_now);
        }));
    }

    [Fact]
    public void Nor_does_one_that_no_route_matches()
    {
        var table = Table();

        Assert.Equal(0, Allocated.By(1_000, () => Assert.True(table.Match(new RequestFacts("PUT", "elsewhere.example", "/items/42", _ask)) is null)));
    }

    [Fact]
    public void Nor_do_the_rules_about_its_target_and_fields() => Assert.Equal(0, Allocated.By(1_000, () =>
    {
        var named = new NamedByConnection("keep-alive, X-Private");
        Assert.True(named.InRequest("x-forwarded-for") == FieldFate.Rewrite && named.InRequest("Accept-Language") == FieldFate.Pass && named.InAnswer("X-Private") == FieldFate.Drop);
        Assert.True(MessageSyntax.IsHost("www.shop.example:8080") && MessageSyntax.IsToken("Accept") && MessageSyntax.IsFieldValue("*/*"));
        Assert.True(MessageSyntax.IsTarget("/a/%2e/b?c") && !TargetPath.Climbs("/a/%2e/..b/c?..") && FieldValues.CheckFraming("chunked") is null);
    }));

    private RouteTable Table() => RouteTable.Create(new LoadBalancerOptions { Routes = new Dictionary<string, RouteOptions> { ["area"] = Area, ["kind"] = Kind, ["shop"] = Shop } }, _registry.Find);

    private static RouteOptions Area => new() { ClusterId = "web", Match = new() { Hosts = ["*.example"], Methods = ["GET"], Headers = [new() { Name = "x-area", Values = ["west", "North-East"], Mode = HeaderMatchMode.HeaderPrefix }] } };

    private static RouteOptions Kind => new() { ClusterId = "web", Match = new() { Hosts = ["www.shop.example"], Headers = [new() { Name = "X-Kind", Values = ["fancy"] }, new() { Name = "X-Other", Mode = HeaderMatchMode.Exists }] } };

    private static RouteOptions Shop => new() { ClusterId = "web", Match = new() { Hosts = ["*.shop.example:8080"], Path = "/items/{id}", Methods = ["HEAD", "GET"], Headers = [new() { Name = "X-Area", Values = ["East"] }], QueryParameters = [new() { Name = "page", Values = ["1 2"] }] } };
}
