using System.Net.Http.Json;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The proxy and a and b are in one zone, c in another.</summary>
public abstract class ZoneTests : ThreeDestinations
{
    private const string Threshold = "Clusters:web:ZonePreference:Threshold";

    [Fact]
    public async Task The_own_zone_serves_and_others_what_is_too_much_for_it()
    {
        await using var proxy = await StartAsync(new(ProxyHost.QuickProbes()) { [Threshold] = "1" });
        await proxy.WaitForHealthAsync("c", "Healthy");
        Assert.Equal("a4 b4", await AskAsync(proxy, 8));

        B.Health = Behave.Answer(500, "");
        await proxy.WaitForHealthAsync("b", "Unhealthy");
        Assert.Equal("a4 c4", await AskAsync(proxy, 8));

        A.Health = Behave.Answer(500, "");
        await proxy.WaitForHealthAsync("a", "Unhealthy");
        Assert.Equal("c8", await AskAsync(proxy, 8));
    }

    [Fact]
    public async Task A_request_that_finds_nobody_in_the_own_zone_goes_elsewhere()
    {
        await using var proxy = await StartAsync([]);
        await A.StopAsync();
        await B.StopAsync();

        Assert.Equal("c4", await AskAsync(proxy, 4));
    }

    [Fact]
    public async Task A_request_that_finds_the_own_zone_full_goes_elsewhere()
    {
        var goOn = new TaskCompletionSource();
        A.Next(Behave.After(goOn.Task, Behave.Ok("a")));
        B.Next(Behave.After(goOn.Task, Behave.Ok("b")));
        await using var proxy = await StartAsync(new() { ["Clusters:web:MaxConcurrentRequests"] = "1" });

        var both = new[] { proxy.Client.GetStringAsync("/"), proxy.Client.GetStringAsync("/") };
        await A.WaitForRequestAsync();
        await B.WaitForRequestAsync();
        var third = await proxy.Client.GetStringAsync("/").InTime();
        goOn.SetResult();

        Assert.Equal("abc", string.Concat((await Task.WhenAll(both)).Order()) + third);
    }

    [Fact]
    public async Task A_session_that_began_elsewhere_stays_there()
    {
        await using var proxy = await StartAsync(new() { ["Clusters:web:SessionAffinity:Enabled"] = "true" });
        await SetStateAsync(proxy, "a", "down");
        await SetStateAsync(proxy, "b", "down");
        using var first = await proxy.Client.GetAsync("/");
        await SetStateAsync(proxy, "a", "active");
        await SetStateAsync(proxy, "b", "active");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", first.Headers.GetValues("Set-Cookie").Single().Split(';')[0] } } };
        using var second = await proxy.Client.SendAsync(request);

        Assert.Equal(("c", "c", "a2 b2"), (await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync(), await AskAsync(proxy, 4)));
    }

    [Fact]
    public async Task A_fallback_serves_when_nobody_is_left_in_any_zone()
    {
        await using var far = new FakeDestination(Behave.Ok("far"));
        await using var proxy = await StartAsync(new() { ["Clusters:web:Fallback"] = "far", ["Clusters:far:Destinations:far:Address"] = far.Address, ["Routes:all:ClusterId"] = "web" });
        await SetStateAsync(proxy, "a", "down");
        await SetStateAsync(proxy, "b", "down");
        var before = await proxy.Client.GetStringAsync("/");
        await SetStateAsync(proxy, "c", "down");

        Assert.Equal(("c", "far"), (before, await proxy.Client.GetStringAsync("/")));
    }

    [Fact]
    public async Task The_operator_is_told_the_zones_and_what_they_mean()
    {
        await using var proxy = await StartAsync(new(ProxyHost.QuickProbes()) { [Threshold] = "1" });
        await proxy.WaitForHealthAsync("c", "Healthy");
        var before = await ExplainAsync(proxy);
        B.Health = Behave.Answer(500, "");
        await proxy.WaitForHealthAsync("b", "Unhealthy");

        Assert.Equal("reserve eu-1b: in zone eu-1b, and enough of the proxy's own are available", before);
        Assert.EndsWith("; in zone eu-1b, which serves as too few of the proxy's own are available", await ExplainAsync(proxy), StringComparison.Ordinal);
        Assert.Equal("eu-1b", (await proxy.DescribeClusterAsync("web")).GetProperty("destinations")[2].GetProperty("zone").GetString());
    }

    private Task<ProxyHost> StartAsync(Dictionary<string, string?> settings) => ProxyHost.StartAsync(
        new(settings) { ["Zone"] = "eu-1a", ["Clusters:web:Destinations:a:Zone"] = "eu-1a", ["Clusters:web:Destinations:b:Zone"] = "eu-1a", ["Clusters:web:Destinations:c:Zone"] = "eu-1b" },
        Addresses);

    private static async Task<string> AskAsync(ProxyHost proxy, int requests)
    {
        var answers = new List<string>();
        for (var i = 0; i < requests; i++)
        {
            answers.Add(await proxy.Client.GetStringAsync("/"));
        }

        return string.Join(' ', answers.GroupBy(answer => answer).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}{group.Count()}"));
    }

    private static async Task SetStateAsync(ProxyHost proxy, string destination, string state)
    {
        using var changed = await proxy.Admin.PatchAsJsonAsync($"/api/clusters/web/destinations/{destination}", new { state });
        changed.EnsureSuccessStatusCode();
    }

    private static async Task<string> ExplainAsync(ProxyHost proxy)
    {
        using var answer = await proxy.Admin.PostAsJsonAsync("/api/explain", new { url = "/" });
        var third = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("destinations")[2];
        return $"{third.GetProperty("pick")} {third.GetProperty("zone")}: {third.GetProperty("why")}";
    }
}
