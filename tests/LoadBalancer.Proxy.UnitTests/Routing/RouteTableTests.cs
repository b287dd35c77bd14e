using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Routing;

public sealed class RouteTableTests
{
    // Both routes match the request; the first is the more specific one, wherever it stands in the table.
    [Theory]
    [InlineData("""{ "Order": -1 }""", """{ "Match": { "Hosts": [ "a.example" ], "Path": "/api" } }""", "a lower order")]
    [InlineData("""{ "Match": { "Hosts": [ "a.example" ] } }""", """{ "Match": { "Path": "/api" } }""", "a host before a path")]
    [InlineData("""{ "Match": { "Hosts": [ "a.example" ] } }""", """{ "Match": { "Hosts": [ "*.example" ], "Path": "/api" } }""", "an exact host before a wildcard")]
    [InlineData("""{ "Match": { "Hosts": [ "a.example:80" ] } }""", """{ "Match": { "Hosts": [ "a.example" ] } }""", "a host with its port before one without")]
    [InlineData("""{ "Match": { "Hosts": [ "*.example" ] } }""", """{ "Match": { } }""", "a wildcard before any host")]
    [InlineData("""{ "Match": { "Path": "/api" } }""", """{ "Match": { "Path": "/{any}" } }""", "a literal segment before a named one")]
    [InlineData("""{ "Match": { "Path": "/api" } }""", """{ "Match": { "Path": "/api/{**rest}" } }""", "an exact path before one that takes the rest")]
    [InlineData("""{ "Match": { "Path": "/api/{**rest}" } }""", """{ "Match": { "Path": "/{**rest}" } }""", "more segments before fewer")]
    [InlineData("""{ "Match": { "Path": "/{any}" } }""", """{ "Match": { "Path": "/{**rest}" } }""", "a named segment before the rest")]
    [InlineData("""{ "Match": { "Path": "/{**rest}" } }""", """{ "Match": { "Methods": [ "GET" ], "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] }, "Order": 1 }""", "the order before all")]
    [InlineData("""{ "Match": { "Path": "/api", "Methods": [ "GET" ] } }""", """{ "Match": { "Path": "/api" } }""", "a method before any method")]
    [InlineData("""{ "Match": { "Methods": [ "GET" ] } }""", """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] } }""", "a method before a header")]
    [InlineData("""{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] } }""", """{ "Match": { } }""", "a header before none")]
    [InlineData(
        """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" }, { "Name": "X-B", "Mode": "NotExists" } ] } }""",
        """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] } }""",
        "more headers before fewer")]
    [InlineData(
        """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] } }""",
        """{ "Match": { "QueryParameters": [ { "Name": "a", "Mode": "Exists" }, { "Name": "b", "Mode": "Exists" } ] } }""",
        "a header before query parameters")]
    [InlineData("""{ "Match": { "QueryParameters": [ { "Name": "a", "Mode": "Exists" } ] } }""", """{ "Match": { } }""", "a query parameter before none")]
    [InlineData(
        """{ "Match": { "QueryParameters": [ { "Name": "a", "Mode": "Exists" }, { "Name": "b", "Mode": "Exists" } ] } }""",
        """{ "Match": { "QueryParameters": [ { "Name": "a", "Mode": "Exists" } ] } }""",
        "more query parameters before fewer")]
    public void The_more_specific_route_wins(string winner, string loser, string because)
    {
        var ask = new Ask { Host = "a.example", Port = 80, Path = "/api", Query = "a=1&b=2", Headers = { ["X-A"] = "1" } };

        // Names decide last, so the winner gets the name that would lose.
        Assert.True(Table(("z", winner), ("a", loser)).Match(ask.Facts)?.Name == "z", because);
        Assert.True(Table(("a", loser), ("z", winner)).Match(ask.Facts)?.Name == "z", because);
    }

    [Fact]
    public void Between_equals_the_name_decides()
    {
        var table = Table(("b", "{}"), ("a", "{}"), ("c", "{}"));

        Assert.Equal(["a", "b", "c"], table.Routes.Select(route => route.Name));
    }

    [Theory]
    [InlineData("www.example.com", "exact")]
    [InlineData("WWW.EXAMPLE.COM", "exact")]
    [InlineData("www.example.com.", "exact")]
    [InlineData("x.example.com.", "wide")]
    [InlineData("a.b.example.com", "deep")]
    [InlineData("x.example.com", "wide")]
    [InlineData("example.com", "rest")]
    [InlineData("", "rest")]
    public void Of_hosts_and_wildcards_the_longest_match_wins(string host, string route)
    {
        var table = Table(
            ("rest", "{}"),
            ("wide", """{ "Match": { "Hosts": [ "*.example.com" ] } }"""),
            ("deep", """{ "Match": { "Hosts": [ "*.b.example.com" ] } }"""),
            ("exact", """{ "Match": { "Hosts": [ "www.example.com" ] } }"""));

        Assert.Equal(route, table.Match(new Ask { Host = host }.Facts)?.Name);
    }

    [Theory]
    [InlineData("a.example", "several")]
    [InlineData("x.b.example", "several")]
    [InlineData("y.b.example", "one")]
    public void A_route_of_several_hosts_is_as_specific_as_the_one_that_matches(string host, string route)
    {
        var table = Table(
            ("several", """{ "Match": { "Hosts": [ "a.example", "*.b.example" ], "Path": "/api" } }"""),
            ("one", """{ "Match": { "Hosts": [ "y.b.example" ] } }"""));

        Assert.Equal(route, table.Match(new Ask { Host = host, Path = "/api" }.Facts)?.Name);
    }

    [Theory]
    [InlineData("example.com", "example.com", null, true)]
    [InlineData("example.com", "EXAMPLE.com", null, true)]
    [InlineData("example.com.", "example.com", null, true)]
    [InlineData("*.example.com.:8080", "www.example.com", 8080, true)]
    [InlineData("example.com", "example.com", 8080, true)]
    [InlineData("example.com", "www.example.com", null, false)]
    [InlineData("example.com:8080", "example.com", 8080, true)]
    [InlineData("example.com:8080", "example.com", null, false)]
    [InlineData("example.com:8080", "example.com", 80, false)]
    [InlineData("*.example.com", "www.example.com", null, true)]
    [InlineData("*.example.com", "a.b.example.com", null, true)]
    [InlineData("*.example.com", "example.com", null, false)]
    [InlineData("*.example.com", "badexample.com", null, false)]
    [InlineData("*.example.com", ".example.com", null, false)]
    [InlineData("*.example.com:8080", "www.example.com", 8080, true)]
    [InlineData("*.example.com:8080", "www.example.com", 80, false)]
    [InlineData("[::1]", "[::1]", null, true)]
    [InlineData("[::1]:8080", "[::1]", 8080, true)]
    [InlineData("127.0.0.1", "127.0.0.1", null, true)]
    public void A_host_matches_or_not(string pattern, string host, int? port, bool matches) =>
        Assert.Equal(matches, Table(("r", $$"""{ "Match": { "Hosts": [ "{{pattern}}" ] } }""")).Match(new Ask { Host = host, Port = port }.Facts) is not null);

    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/api", "/api", true)]
    [InlineData("/api", "/API", true)]
    [InlineData("/api", "/api/", true)]
    [InlineData("/api/", "/api", true)]
    [InlineData("/api", "/api/x", false)]
    [InlineData("/api", "/apix", false)]
    [InlineData("/api", "/", false)]
    [InlineData("/api/{id}", "/api/1", true)]
    [InlineData("/api/{id}", "/api", false)]
    [InlineData("/api/{id}", "/api/", false)]
    [InlineData("/api/{id}", "/api/1/2", false)]
    [InlineData("/api/{id}/x", "/api/1/x", true)]
    [InlineData("/api/{id}/x", "/api//x", false)]
    [InlineData("/{**rest}", "/", true)]
    [InlineData("/{**rest}", "/a/b/c", true)]
    [InlineData("/api/{**rest}", "/api", true)]
    [InlineData("/api/{**rest}", "/api/", true)]
    [InlineData("/api/{**rest}", "/api/a/b", true)]
    [InlineData("/api/{**rest}", "/apix", false)]
    [InlineData("/api/{*rest}", "/api/a/b", true)]
    [InlineData("api/{**rest}", "/api/a", true)]
    [InlineData("/a//b", "/a//b", true)]
    [InlineData("/a//b", "/a/b", false)]
    [InlineData("/grün", "/GRÜN", true)]
    public void A_path_matches_or_not(string pattern, string path, bool matches) =>
        Assert.Equal(matches, Table(("r", $$"""{ "Match": { "Path": "{{pattern}}" } }""")).Match(new Ask { Path = path }.Facts) is not null);

    [Theory]
    [InlineData("/")]
    [InlineData("/a/b")]
    [InlineData("")]
    [InlineData("*")]
    public void A_route_without_a_path_takes_every_path(string path) => Assert.NotNull(Table(("r", "{}")).Match(new Ask { Path = path }.Facts));

    [Theory]
    [InlineData("GET", true)]
    [InlineData("get", true)]
    [InlineData("PUT", true)]
    [InlineData("POST", false)]
    public void A_method_is_one_of_those_named(string method, bool matches) =>
        Assert.Equal(matches, Table(("r", """{ "Match": { "Methods": [ "GET", "PUT" ] } }""")).Match(new Ask { Method = method }.Facts) is not null);

    [Theory]
    [InlineData("ExactHeader", "one", true)]
    [InlineData("ExactHeader", "ONE", true)]
    [InlineData("ExactHeader", "two", true)]
    [InlineData("ExactHeader", "one more", false)]
    [InlineData("ExactHeader", null, false)]
    [InlineData("ExactHeader", "none, two", true)]
    [InlineData("ExactHeader", "none; two", false)]
    [InlineData("ExactHeader", "none, \"two\"", true)]
    [InlineData("ExactHeader", "\"none, two\"", false)]
    [InlineData("HeaderPrefix", "none,\ttwo more", true)]
    [InlineData("HeaderPrefix", "one more", true)]
    [InlineData("HeaderPrefix", "none", false)]
    [InlineData("HeaderPrefix", null, false)]
    [InlineData("Contains", "none", true)]
    [InlineData("Contains", "three", false)]
    [InlineData("Contains", null, false)]
    [InlineData("NotContains", "three", true)]
    [InlineData("NotContains", "none", false)]
    [InlineData("NotContains", "", true)]
    [InlineData("NotContains", null, true)]
    [InlineData("Exists", "", false)]
    [InlineData("Exists", "three", true)]
    [InlineData("Exists", null, false)]
    [InlineData("NotExists", "three", false)]
    [InlineData("NotExists", "", true)]
    [InlineData("NotExists", null, true)]
    public void A_header_is_compared_by_its_mode(string mode, string? value, bool matches) =>
        Assert.Equal(matches, HeaderMatches($$"""{ "Name": "X-A", "Values": [ "one", "two" ], "Mode": "{{mode}}" }""", value));

    [Theory]
    [InlineData("one", true)]
    [InlineData("ONE", false)]
    public void A_header_is_compared_with_case_when_wanted(string value, bool matches) =>
        Assert.Equal(matches, HeaderMatches("""{ "Name": "x-a", "Values": [ "one" ], "IsCaseSensitive": true }""", value));

    [Fact]
    public void Cookies_are_parted_by_semicolons() => Assert.NotNull(
        Table(("r", """{ "Match": { "Headers": [ { "Name": "Cookie", "Values": [ "b=2" ] } ] } }""")).Match(new Ask { Headers = { ["Cookie"] = "a=1,0; b=2" } }.Facts));

    [Theory]
    [InlineData("Exact", "x=one", true)]
    [InlineData("Exact", "X=ONE", true)]
    [InlineData("Exact", "a=b&x=two&c", true)]
    [InlineData("Exact", "x=one+more", false)]
    [InlineData("Exact", "%78=%6Fne", true)]
    [InlineData("Exact", "x=ones&x=one", true)]
    [InlineData("Exact", "y=one", false)]
    [InlineData("Exact", "xx=one", false)]
    [InlineData("Exact", "", false)]
    [InlineData("Prefix", "x=one+more", true)]
    [InlineData("Prefix", "x=none", false)]
    [InlineData("Contains", "x=none", true)]
    [InlineData("Contains", "x=%6eone", true)]
    [InlineData("Contains", "x=three", false)]
    [InlineData("NotContains", "x=three", true)]
    [InlineData("NotContains", "x=none", false)]
    [InlineData("NotContains", "y=none", true)]
    [InlineData("NotContains", "x=", true)]
    [InlineData("Exists", "x=three", true)]
    [InlineData("Exists", "x=", false)]
    [InlineData("Exists", "x", false)]
    [InlineData("Exists", "x=&x=", true)]
    public void A_query_parameter_is_compared_by_its_mode(string mode, string query, bool matches) =>
        Assert.Equal(matches, QueryMatches($$"""{ "Name": "x", "Values": [ "one", "two" ], "Mode": "{{mode}}" }""", query));

    [Theory]
    [InlineData("x=gr%C3%BCn", true)]
    [InlineData("x=gr%C3n", false)]
    [InlineData("x=GR%C3%9CN", false)]
    public void A_query_parameter_is_compared_decoded_and_with_case_when_wanted(string query, bool matches) =>
        Assert.Equal(matches, QueryMatches("""{ "Name": "X", "Values": [ "grün" ], "IsCaseSensitive": true }""", query));

    [Fact]
    public void A_query_parameter_may_be_of_any_length() => Assert.True(QueryMatches(
        $$"""{ "Name": "x", "Values": [ "{{new string('a', 2_000)}} b" ] }""", $"x={string.Concat(Enumerable.Repeat("%61", 2_000))}+b"));

    [Fact]
    public void One_of_several_header_lines_is_enough() =>
        Assert.True(HeaderMatches("""{ "Name": "X-A", "Values": [ "two" ] }""", new StringValues(["one", "two"])));

    [Theory]
    [InlineData("1", "2", true)]
    [InlineData("1", null, false)]
    [InlineData(null, "2", false)]
    public void All_headers_must_match(string? one, string? two, bool matches)
    {
        var table = Table(("r", """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" }, { "Name": "X-B", "Mode": "Exists" } ] } }"""));

        Assert.Equal(matches, table.Match(new Ask { Headers = { ["X-A"] = one, ["X-B"] = two } }.Facts) is not null);
    }

    [Fact]
    public void No_match_is_no_route() => Assert.Null(Table(("r", """{ "Match": { "Path": "/api" } }""")).Match(new Ask { Path = "/other" }.Facts));

    [Fact]
    public void An_empty_table_matches_nothing() => Assert.Null(new Router().Current.Match(new Ask().Facts));

    [Fact]
    public void One_cluster_without_routes_gets_every_request()
    {
        var registry = Make.Registry(Make.Cluster("web", new()));

        var table = RouteTable.Create(new LoadBalancerOptions { Clusters = new Dictionary<string, ClusterOptions> { ["web"] = new() } }, registry.Find);

        Assert.Same(registry.Find("web"), table.Match(new Ask { Path = "/any/path", Host = "any" }.Facts)?.Cluster);
    }

    [Fact]
    public void A_published_table_is_in_force()
    {
        var (router, table) = (new Router(), Table(("r", "{}")));

        router.Publish(table);

        Assert.Same(table, router.Current);
    }

    // Both routes match the request, and both are of YARP's section, where the path counts first.
    [Theory]
    [InlineData("""{ "Match": { "Path": "/api" } }""", """{ "Match": { "Hosts": [ "a.example" ], "Path": "/{**rest}" } }""", "a path before a host")]
    [InlineData("""{ "Match": { "Methods": [ "GET" ] } }""", """{ "Match": { "Hosts": [ "a.example" ] } }""", "a method before a host")]
    [InlineData("""{ "Match": { "Hosts": [ "a.example" ] } }""", """{ "Match": { "Headers": [ { "Name": "X-A", "Mode": "Exists" } ] } }""", "a host before a header")]
    [InlineData("""{ "Order": -1 }""", """{ "Match": { "Path": "/api" } }""", "a lower order before all")]
    public void Of_routes_of_YARP_the_path_counts_first_and_the_host_after_the_method(string first, string second, string because)
    {
        var web = Make.Cluster(new(), "a");
        var table = new RouteTable([new Route("a-second", Options(second) with { PrefersPath = true }, web), new Route("b-first", Options(first) with { PrefersPath = true }, web)]);

        var route = table.Match(new Ask { Host = "a.example", Path = "/api", Headers = { ["X-A"] = "1" } }.Facts);

        Assert.True(route?.Name == "b-first", because);
    }

    [Fact]
    public void A_rate_limit_that_stays_the_same_goes_on_in_the_next_table()
    {
        var before = Limited(("a", 5), ("b", 5));

        var after = Limited(before, ("A", 5), ("b", 6), ("c", 5));

        Assert.Same(Limiter(before, "a"), Limiter(after, "A"));
        Assert.NotSame(Limiter(before, "b"), Limiter(after, "b"));
        Assert.NotNull(Limiter(after, "c"));
    }

    [Fact]
    public void The_hosts_of_a_route_share_its_rate_limit()
    {
        var table = Table(("r", """{ "RateLimit": { "Requests": 1 }, "Match": { "Hosts": [ "a", "b" ] } }"""));

        Assert.Same(table.Routes[0].RateLimiter, table.Routes[1].RateLimiter);
        Assert.NotNull(table.Routes[0].RateLimiter);
    }

    private static RouteTable Limited(params (string Name, int Requests)[] routes) => Limited(null, routes);

    private static RouteTable Limited(RouteTable? previous, params (string Name, int Requests)[] routes) => RouteTable.Create(
        new LoadBalancerOptions { Routes = routes.ToDictionary(route => route.Name, route => new RouteOptions { ClusterId = "web", RateLimit = new() { Requests = route.Requests } }) },
        Make.Registry(Make.Cluster("web", new())).Find,
        previous);

    private static RateLimiter? Limiter(RouteTable table, string route) => table.Routes.Single(one => one.Name == route).RateLimiter;

    private static bool QueryMatches(string parameter, string query) =>
        Table(("r", $$"""{ "Match": { "QueryParameters": [ {{parameter}} ] } }""")).Match(new Ask { Query = query }.Facts) is not null;

    private static bool HeaderMatches(string header, StringValues value) =>
        Table(("r", $$"""{ "Match": { "Headers": [ {{header}} ] } }""")).Match(new Ask { Headers = { ["X-A"] = value } }.Facts) is not null;

    private static RouteTable Table(params (string Name, string Json)[] routes)
    {
        var options = new LoadBalancerOptions { Routes = routes.ToDictionary(route => route.Name, route => Options(route.Json)) };
        return RouteTable.Create(options, Make.Registry(Make.Cluster("web", new())).Find);
    }

    private static RouteOptions Options(string json)
    {
        var (options, errors) = Configuration.Json.Options($$"""{ "Routes": { "r": {{json}} } }""");
        Assert.Empty(errors);
        return options.Routes["r"] with { ClusterId = "web" };
    }
}
