using System.Net;
using System.Text;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A cluster that another one stands in for.</summary>
public sealed class FallbackTests
{
    public static TheoryData<string> Engines => AccessLogTests.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task It_serves_while_no_destination_is_available_and_no_longer(string engine)
    {
        await using var main = new FakeDestination(Behave.Ok("main"));
        await using var spare = new FakeDestination(Behave.Ok("spare"));
        await using var proxy = await StartAsync(engine, main, spare);

        var before = await proxy.Client.GetStringAsync("/");
        await SetAsync(proxy, "down");
        var meanwhile = await proxy.Client.GetStringAsync("/");
        await SetAsync(proxy, "active");
        var after = await proxy.Client.GetStringAsync("/");

        Assert.Equal("main spare main", $"{before} {meanwhile} {after}");
        Assert.Equal(1, proxy.Metrics.Sum("lb.fallbacks", "lb.cluster=main", "lb.fallback=spare"));
        Assert.Equal(1, proxy.Metrics.Sum("lb.requests", "lb.cluster=spare", "lb.outcome=success"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_fallback_may_have_one_of_its_own(string engine)
    {
        await using var last = new FakeDestination(Behave.Ok("last"));
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Engine"] = engine,
            ["Routes:all:ClusterId"] = "main",
            ["Clusters:main:Fallback"] = "spare",
            ["Clusters:spare:Fallback"] = "last",
            ["Clusters:last:Destinations:a:Address"] = last.Address,
        });

        Assert.Equal("last", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Where_nobody_is_left_the_refusal_names_the_cluster_of_the_route(string engine)
    {
        await using var proxy = await ProxyHost.StartWithAsync(new() { ["Engine"] = engine, ["Routes:all:ClusterId"] = "main", ["Clusters:main:Fallback"] = "spare", ["Clusters:spare:LoadBalancingPolicy"] = "Random" });

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("\"cluster\":\"main\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_session_goes_on_with_a_destination_that_drains_and_others_fall_back(string engine)
    {
        await using var main = new FakeDestination(Behave.Ok("main"));
        await using var spare = new FakeDestination(Behave.Ok("spare"));
        await using var proxy = await StartAsync(engine, main, spare, new() { ["Clusters:main:SessionAffinity:Enabled"] = "true", ["Clusters:main:SessionAffinity:AffinityKeyName"] = "id" });
        using var first = await proxy.Client.GetAsync("/");
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        await SetAsync(proxy, "draining");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", cookie);
        using var again = await proxy.Client.SendAsync(request);

        Assert.Equal("main", await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("spare", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task The_operator_is_told()
    {
        await using var main = new FakeDestination();
        await using var spare = new FakeDestination();
        await using var proxy = await StartAsync("Kestrel", main, spare);
        await SetAsync(proxy, "down");

        using var content = new StringContent("""{"url":"/"}""", Encoding.UTF8, "application/json");
        using var answer = await proxy.Admin.PostAsync("/api/explain", content);
        var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;

        Assert.Equal(("spare", "main"), (told.GetProperty("cluster").GetString(), told.GetProperty("fallbackOf").GetString()));
        Assert.Equal("spare", (await proxy.DescribeClusterAsync("main")).GetProperty("fallback").GetString());
    }

    private static Task<ProxyHost> StartAsync(string engine, FakeDestination main, FakeDestination spare, Dictionary<string, string?>? more = null) => ProxyHost.StartWithAsync(new(more ?? [])
    {
        ["Engine"] = engine,
        ["Routes:all:ClusterId"] = "main",
        ["Clusters:main:Fallback"] = "spare",
        ["Clusters:main:Destinations:a:Address"] = main.Address,
        ["Clusters:spare:Destinations:b:Address"] = spare.Address,
    });

    private static async Task SetAsync(ProxyHost proxy, string state)
    {
        using var content = new StringContent($$"""{"state":"{{state}}"}""", Encoding.UTF8, "application/json");
        using var answer = await proxy.Admin.PatchAsync("/api/clusters/main/destinations/a", content);
        answer.EnsureSuccessStatusCode();
    }
}
