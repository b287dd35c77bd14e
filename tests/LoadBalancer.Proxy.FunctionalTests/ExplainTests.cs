using System.Net;
using System.Text;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the operator is told about a request that nobody has sent.</summary>
public sealed class ExplainTests
{
    private static readonly Dictionary<string, string?> TwoClusters = new()
    {
        ["Routes:static:ClusterId"] = "files",
        ["Routes:static:Match:Path"] = "/static/{**rest}",
        ["Routes:api:ClusterId"] = "api",
        ["Routes:api:Match:Hosts:0"] = "api.example",
        ["Clusters:files:Destinations:f:Address"] = "http://127.0.0.1:1",
        ["Clusters:api:Destinations:a1:Address"] = "http://127.0.0.1:2",
        ["Clusters:api:Destinations:a2:Address"] = "http://127.0.0.1:3",
        ["Clusters:api:Destinations:a2:Weight"] = "0",
        ["Clusters:api:Destinations:a3:Address"] = "http://127.0.0.1:4",
        ["Clusters:api:Destinations:a3:Priority"] = "1",
    };

    [Fact]
    public async Task It_tells_the_route_the_cluster_and_of_each_destination_why()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new(TwoClusters));

        var told = await ExplainAsync(proxy, """{"url":"http://api.example/items"}""");

        Assert.Equal(("api", "api", "RoundRobin"), (Text(told, "route"), Text(told, "cluster"), Text(told, "policy")));
        Assert.Equal(JsonValueKind.Null, told.GetProperty("answer").ValueKind);
        Assert.Equal(
            ["a1 next: next by RoundRobin", "a2 no: weight 0", "a3 reserve: priority 1, and enough of priority 0 are available"],
            told.GetProperty("destinations").EnumerateArray().Select(one => $"{Text(one, "name")} {Text(one, "pick")}: {Text(one, "why")}"));
    }

    [Fact]
    public async Task It_tells_why_the_routes_before_do_not_match()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new(TwoClusters));

        var told = await ExplainAsync(proxy, """{"url":"/static/logo.png","headers":{"Host":"www.example"}}""");

        Assert.Equal(
            ["api: host: 'www.example' is not 'api.example'", "static: matches"],
            told.GetProperty("routes").EnumerateArray().Select(one => $"{Text(one, "name")}: {Text(one, "reason")}"));
    }

    [Fact]
    public async Task It_tells_what_the_load_balancer_would_answer_itself()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new(TwoClusters));

        var told = await ExplainAsync(proxy, """{"method":"PUT","url":"/none","client":"192.0.2.1"}""");

        Assert.Equal((404, "No route"), (told.GetProperty("answer").GetProperty("status").GetInt32(), Text(told.GetProperty("answer"), "title")));
    }

    [Fact]
    public async Task It_tells_what_the_operator_and_the_probes_say()
    {
        await using var a = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address, b.Address);
        await proxy.WaitForHealthAsync("a", "Unhealthy");
        using var drained = await proxy.Admin.PatchAsync("/api/clusters/web/destinations/b", new StringContent("""{"state":"draining"}""", Encoding.UTF8, "application/json"));

        var told = await ExplainAsync(proxy, """{"url":"/"}""");

        Assert.Equal(503, told.GetProperty("answer").GetProperty("status").GetInt32());
        Assert.Equal(["unhealthy: status code: 500", "draining"], told.GetProperty("destinations").EnumerateArray().Select(one => Text(one, "why")));
    }

    [Fact]
    public async Task The_request_after_it_goes_where_it_said()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(a, b);
        await proxy.Client.GetStringAsync("/");

        var told = await ExplainAsync(proxy, """{"url":"/"}""");
        await ExplainAsync(proxy, """{"url":"/"}""");

        var next = told.GetProperty("destinations").EnumerateArray().Single(one => Text(one, "pick") == "next");
        Assert.Equal(await proxy.Client.GetStringAsync("/"), Text(next, "name"));

        // The answer can be at the client before the proxy has counted the request.
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests") >= 2, "both are counted");
        Assert.Equal(2, proxy.Metrics.Sum("lb.requests"));
    }

    [Theory]
    [InlineData("", "The body is not valid JSON at line 1. The body must be")]
    [InlineData("{\"url\":\"/\",\n}", "The body is not valid JSON at line 2. The body must be")]
    [InlineData("[]", "The body must be")]
    [InlineData("null", "The body must be")]
    [InlineData("""{"uri":"/"}""", "uri: unknown key; did you mean 'url'? The body must be")]
    [InlineData("""{"url":1}""", "The value of url is of the wrong kind. The body must be")]
    [InlineData("""{"url":"/","headers":[]}""", "The value of headers is of the wrong kind. The body must be")]
    [InlineData("{}", "url is missing: write http://host/path, or /path.")]
    [InlineData("""{"url":"example.com"}""", "url 'example.com' is not a URL: write http://host/path, or /path.")]
    [InlineData("""{"url":"/a b"}""", "url '/a b' has a fragment, or a character that has to be percent-encoded.")]
    [InlineData("""{"url":"/a#b"}""", "url '/a#b' has a fragment, or a character that has to be percent-encoded.")]
    [InlineData("""{"url":"http:///a"}""", "'' is not a host: write name or name:port.")]
    [InlineData("""{"url":"/","headers":{"Host":"a..b"}}""", "'a..b' is not a host: write name or name:port.")]
    [InlineData("""{"url":"/","method":"G T"}""", "method 'G T' is not a method.")]
    [InlineData("""{"url":"/","headers":{"X Y":"1"}}""", "'X Y' is not the name of a header.")]
    [InlineData("""{"url":"/","headers":{"X":1}}""", "header X is not a text without control characters, or a list of such.")]
    [InlineData("""{"url":"/","headers":{"X":["1",null]}}""", "header X is not a text without control characters, or a list of such.")]
    [InlineData("""{"url":"/","headers":{"X":"a\nb"}}""", "header X is not a text without control characters, or a list of such.")]
    [InlineData("""{"url":"/","client":"here"}""", "client 'here' is not an IP address.")]
    public async Task What_cannot_be_understood_is_400_and_says_why(string body, string detail)
    {
        await using var proxy = await ProxyHost.StartWithAsync(new(TwoClusters));

        using var answer = await proxy.Admin.PostAsync("/api/explain", new StringContent(body, Encoding.UTF8, "application/json"));

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith(detail, Text(problem.RootElement, "detail"), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ExplainAsync(ProxyHost proxy, string body)
    {
        using var answer = await proxy.Admin.PostAsync("/api/explain", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
