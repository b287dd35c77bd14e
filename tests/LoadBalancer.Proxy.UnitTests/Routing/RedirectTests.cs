using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.UnitTests.Routing;

public sealed class RedirectTests
{
    [Theory]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "/x?y=1", "https://a.example/x?y=1")]
    [InlineData("""{ "Scheme": "HTTPS" }""", "a.example", 8080, "/", "https://a.example/")]
    [InlineData("""{ "Scheme": "https", "Port": 8443 }""", "a.example", 8080, "/", "https://a.example:8443/")]
    [InlineData("""{ "Scheme": "https", "Port": 443 }""", "a.example", 8080, "/", "https://a.example/")]
    [InlineData("""{ "Scheme": "https" }""", "[2001:db8::1]", 8080, "/", "https://[2001:db8::1]/")]
    [InlineData("""{ "Scheme": "https" }""", "a.example.", null, "/", "https://a.example/")]
    [InlineData("""{ "Host": "b.example" }""", "a.example", 8080, "/x", "http://b.example:8080/x")]
    [InlineData("""{ "Host": "b.example" }""", "a.example", 80, "/x", "http://b.example/x")]
    [InlineData("""{ "Port": 81 }""", "a.example", 80, "/x", "http://a.example:81/x")]
    [InlineData("""{ "Path": "/new" }""", "a.example", null, "/x?y=1", "http://a.example/new?y=1")]
    [InlineData("""{ "Path": "/new?z=2" }""", "a.example", null, "/x?y=1", "http://a.example/new?z=2")]
    [InlineData("""{ "Path": "/new?" }""", "a.example", null, "/x?y=1", "http://a.example/new?")]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "http://a.example/x?y", "https://a.example/x?y")]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "http://a.example?y", "https://a.example/?y")]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "http://a.example", "https://a.example/")]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "//evil.example/x", "https://a.example//evil.example/x")]
    [InlineData("""{ "Scheme": "https" }""", "a.example", null, "/%0d%0aSet-Cookie:%20a=1", "https://a.example/%0d%0aSet-Cookie:%20a=1")]
    [InlineData("""{ "Scheme": "https" }""", "", null, "/", null)]
    [InlineData("""{ "Host": "b.example" }""", "", null, "/", "http://b.example/")]
    public void What_is_not_said_stays_as_the_client_asked_for_it(string redirect, string host, int? port, string target, string? location) =>
        Assert.Equal(location, Of(redirect).Location(new Ask { Host = host, Port = port }.Facts, target));

    [Theory]
    [InlineData("""{ "Scheme": "https" }""", "http", 80, "/", "", true)]
    [InlineData("""{ "Scheme": "https" }""", "https", 443, "/", "", false)]
    [InlineData("""{ "Scheme": "https" }""", "https", 8443, "/", "", false)]
    [InlineData("""{ "Scheme": "https", "Port": 443 }""", "https", 8443, "/", "", true)]
    [InlineData("""{ "Port": 443 }""", "https", null, "/", "", false)]
    [InlineData("""{ "Port": 80 }""", "http", null, "/", "", false)]
    [InlineData("""{ "Host": "A.example" }""", "http", 81, "/", "", false)]
    [InlineData("""{ "Host": "b.example" }""", "http", 81, "/", "", true)]
    [InlineData("""{ "Path": "/new" }""", "http", 81, "/old", "", true)]
    [InlineData("""{ "Path": "/new" }""", "http", 81, "/new", "x=1", false)]
    [InlineData("""{ "Path": "/n%65w" }""", "http", 81, "/new", "", false)]
    [InlineData("""{ "Path": "/new/" }""", "http", 81, "/new", "", true)]
    [InlineData("""{ "Path": "/new?x=1" }""", "http", 81, "/new", "x=2", true)]
    [InlineData("""{ "Path": "/new?x=1" }""", "http", 81, "/new", "x=1", false)]
    public void A_request_that_is_there_already_is_not_sent_there(string redirect, string scheme, int? port, string path, string query, bool leadsElsewhere) =>
        Assert.Equal(leadsElsewhere, Of(redirect).LeadsElsewhere(new Ask { Scheme = scheme, Host = "a.example", Port = port, Path = path, Query = query }.Facts));

    [Theory]
    [InlineData("http", "secure")]
    [InlineData("https", "rest")]
    public void The_next_route_takes_what_is_there_already(string scheme, string route)
    {
        var (options, errors) = Configuration.Json.Options("""{ "Routes": { "secure": { "Order": -1, "Redirect": { "Scheme": "https" } }, "rest": { "ClusterId": "web" } } }""");
        var table = RouteTable.Create(options, Make.Registry(Make.Cluster("web", new())).Find);

        Assert.Empty(errors);
        Assert.Equal((route, true), (table.Match(new Ask { Scheme = scheme }.Facts)?.Name, table.Redirects));
    }

    [Fact]
    public void The_method_stays_by_default() => Assert.Equal(308, Of("{}").Status);

    private static Redirect Of(string redirect) => new(Configuration.Json.Options($$"""{ "Routes": { "r": { "Redirect": {{redirect}} } } }""").Options.Routes["r"].Redirect ?? new RedirectOptions());
}
