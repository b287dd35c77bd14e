using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Two proxies over the same destinations: what a client finds at both alike.</summary>
public sealed class SeveralProxiesTests : IAsyncLifetime
{
    private readonly FakeDns _dns = new();
    private readonly List<FakeDestination> _destinations = [new FakeDestination(Behave.Ok("1"), at: new IPEndPoint(IPAddress.Parse("127.0.0.1"), 0))];

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "The loopback of this system has one address.");
        for (var n = 2; n <= 5; n++)
        {
            _destinations.Add(new FakeDestination(Behave.Ok($"{n}"), at: new IPEndPoint(IPAddress.Parse($"127.0.0.{n}"), _destinations[0].Port)));
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        foreach (var destination in _destinations)
        {
            await destination.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_client_with_a_cookie_of_one_reaches_the_same_destination_through_the_other()
    {
        await using var one = await StartAsync("127.0.0.1 127.0.0.2 127.0.0.3");
        await using var other = await StartAsync("127.0.0.3 127.0.0.1 127.0.0.2");

        for (var client = 0; client < 6; client++)
        {
            var (first, cookie) = await AskAsync(one);
            var (second, _) = await AskAsync(other, "Cookie", cookie!.Split(';')[0]);
            Assert.Equal(first, second);
        }
    }

    [Fact]
    public async Task A_key_leads_to_the_same_destination_through_both_whatever_order_they_found_them_in()
    {
        var hash = new Dictionary<string, string?> { ["Clusters:web:LoadBalancingPolicy"] = "ConsistentHash", ["Clusters:web:Hash:Source"] = "Header", ["Clusters:web:Hash:Name"] = "X-User", ["Clusters:web:SessionAffinity:Enabled"] = "false" };
        await using var one = await StartAsync("127.0.0.1 127.0.0.2 127.0.0.3", hash);
        await using var other = await StartAsync("127.0.0.3 127.0.0.2 127.0.0.1", hash);
        var reached = new HashSet<string>();

        for (var user = 0; user < 30; user++)
        {
            var (first, _) = await AskAsync(one, "X-User", $"user-{user}");
            var (second, _) = await AskAsync(other, "X-User", $"user-{user}");
            Assert.Equal(first, second);
            reached.Add(first);
        }

        Assert.Equal(3, reached.Count);
    }

    [Fact]
    public async Task What_the_operator_wants_is_told_to_each()
    {
        await using var one = await StartAsync("127.0.0.1 127.0.0.2");
        await using var other = await StartAsync("127.0.0.1 127.0.0.2");

        using var drain = new StringContent("""{"state":"draining"}""", System.Text.Encoding.UTF8, "application/json");
        using var drained = await one.Admin.PatchAsync($"/api/clusters/web/destinations/127.0.0.1:{_destinations[0].Port}", drain);

        Assert.Equal(("2", "2"), ((await AskAsync(one)).Body, (await AskAsync(one)).Body));
        Assert.Equal(("1", "2"), ((await AskAsync(other)).Body, (await AskAsync(other)).Body));
    }

    private Task<ProxyHost> StartAsync(string addresses, Dictionary<string, string?>? more = null)
    {
        _dns.Set("web.test", 3600, addresses.Split(' '));
        return ProxyHost.StartAsync(new Dictionary<string, string?>
        {
            ["Clusters:web:SessionAffinity:Enabled"] = "true",
            ["Clusters:web:SessionAffinity:Keys:0"] = "of all of our proxies",
            ["Clusters:web:Discovery:Dns:Name"] = "web.test",
            ["Clusters:web:Discovery:Dns:Port"] = $"{_destinations[0].Port}",
            ["Clusters:web:Discovery:Dns:MaximumInterval"] = "1h",
            ["Clusters:web:Discovery:Dns:Servers:0"] = _dns.Address,
        }.Concat(more ?? []).GroupBy(pair => pair.Key).ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value));
    }

    private static async Task<(string Body, string? Cookie)> AskAsync(ProxyHost proxy, string? name = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (name is not null)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await proxy.Client.SendAsync(request);
        return (await answer.Content.ReadAsStringAsync(), answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single() : null);
    }
}
