using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Weights, priorities, keys, slow start and panic, over the wire.</summary>
public sealed class BalancingTests(ITestOutputHelper output) : ThreeDestinations
{
    [Fact]
    public async Task Requests_go_by_the_weights_evenly_spread()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:LoadBalancingPolicy"] = "WeightedRoundRobin", ["Clusters:web:Destinations:a:Weight"] = "5" }, Addresses);

        Assert.Equal("aabacaaaabacaa", await AskAsync(proxy, 14));
    }

    [Fact]
    public async Task Many_clients_at_once_are_shared_out_by_the_weights_exactly()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:Destinations:a:Weight"] = "5" }, Addresses);

        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => AskAsync(proxy, 21)));

        Assert.Equal([480, 96, 96], new[] { A, B, C }.Select(destination => destination.Requests.Count));
    }

    [Theory]
    [InlineData("Random")]
    [InlineData("LeastRequests")]
    [InlineData("PowerOfTwoChoices")]
    [InlineData("PeakEwma")]
    [InlineData("ConsistentHash")]
    [InlineData("FirstAlphabetical")]
    public async Task Every_policy_serves_and_gets_around_one_that_is_gone(string policy)
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:LoadBalancingPolicy"] = policy }, Addresses);
        await A.StopAsync();

        Assert.Matches("^[bc]{20}$", await AskAsync(proxy, 20));
    }

    [Fact]
    public async Task A_backup_serves_when_the_others_are_unhealthy_and_not_before()
    {
        await using var proxy = await ProxyHost.StartAsync(new(ProxyHost.QuickProbes()) { ["Clusters:web:Destinations:c:Priority"] = "1" }, Addresses);
        await proxy.WaitForHealthAsync("c", "Healthy");
        Assert.Equal("abab", await AskAsync(proxy, 4));

        (A.Health, B.Health) = (Behave.Answer(500, ""), Behave.Answer(500, ""));
        await proxy.WaitForHealthAsync("a", "Unhealthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");
        Assert.Equal("cccc", await AskAsync(proxy, 4));

        (A.Health, B.Health) = (Behave.Ok(""), Behave.Ok(""));
        await proxy.WaitForHealthAsync("a", "Healthy");
        await proxy.WaitForHealthAsync("b", "Healthy");
        Assert.DoesNotContain('c', await AskAsync(proxy, 4));
    }

    [Fact]
    public async Task A_backup_takes_the_request_that_finds_the_others_gone()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:Destinations:c:Priority"] = "1" }, Addresses);
        await A.StopAsync();
        await B.StopAsync();

        Assert.Equal("ccc", await AskAsync(proxy, 3));
    }

    [Theory]
    [InlineData("Header", "X-Tenant")]
    [InlineData("Cookie", "tenant")]
    [InlineData("Query", "tenant")]
    [InlineData("Path", null)]
    public async Task Requests_with_one_key_stay_with_one_destination_and_no_other_moves_when_one_is_gone(string source, string? name)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Clusters:web:LoadBalancingPolicy"] = "ConsistentHash",
            ["Clusters:web:Hash:Source"] = source,
            ["Clusters:web:Hash:Name"] = name,
        };
        string before, after;
        await using (var proxy = await ProxyHost.StartAsync(settings, Addresses))
        {
            before = await AskAllAsync(proxy);
            Assert.Equal(before, await AskAllAsync(proxy));

            await ChangeAsync(proxy, "b", """{"state":"down"}""");
            after = await AskAllAsync(proxy);
        }

        Assert.Equal("abc", string.Concat(before.Distinct().Order()));
        Assert.Equal(before.Where(server => server != 'b'), before.Zip(after).Where(pair => pair.First != 'b').Select(pair => pair.Second));
        Assert.DoesNotContain('b', after);

        // The ring depends on nothing but addresses: another proxy has the same.
        await using var other = await ProxyHost.StartAsync(settings, Addresses);
        Assert.Equal(before, await AskAllAsync(other));

        async Task<string> AskAllAsync(ProxyHost proxy)
        {
            var answers = new StringBuilder();
            for (var tenant = 0; tenant < 40; tenant++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, source == "Path" ? $"/{tenant}?x" : source == "Query" ? $"/?tenant={tenant}" : "/");
                request.Headers.TryAddWithoutValidation(source == "Header" ? "X-Tenant" : "Cookie", source == "Header" ? $"{tenant}" : $"a=b; tenant={tenant}");
                using var answer = await proxy.Client.SendAsync(request);
                answers.Append(await answer.Content.ReadAsStringAsync());
            }

            return answers.ToString();
        }
    }

    [Fact]
    public async Task A_client_stays_with_one_destination_by_its_address()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:LoadBalancingPolicy"] = "ConsistentHash" }, Addresses);

        Assert.Single((await AskAsync(proxy, 10)).Distinct());
    }

    [Fact]
    public async Task Clients_behind_a_trusted_proxy_are_told_apart()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { ["Clusters:web:LoadBalancingPolicy"] = "ConsistentHash", ["TrustedProxies:0"] = "127.0.0.0/8" }, Addresses);
        var answers = new List<string>();

        // So many that none of the three is left out by chance, which twenty did once: where each stands on the ring depends on its port.
        for (var client = 1; client <= 200; client++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-For", $"192.0.2.{client}" } } };
            using var answer = await proxy.Client.SendAsync(request);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(3, answers.Distinct().Count());
    }

    [Fact]
    public async Task Weight_0_means_no_new_requests_and_those_in_flight_end()
    {
        var gate = new TaskCompletionSource();
        await using var proxy = await ProxyHost.StartAsync(Addresses);
        A.Next(Behave.After(gate.Task, Behave.Ok("late")));
        var answer = proxy.Client.GetStringAsync("/");
        await A.WaitForRequestAsync();

        await ChangeAsync(proxy, "a", """{"weight":0}""");

        Assert.Equal("bbcc", string.Concat((await AskAsync(proxy, 4)).Order()));
        gate.SetResult();
        Assert.Equal("late", await answer);
        Assert.Single(A.Requests);
    }

    [Fact]
    public async Task The_weight_of_the_operator_survives_a_reload()
    {
        await using var run = await ReloadingProxy.StartAsync(("a", A), ("b", B));
        await ChangeAsync(run.Proxy, "a", """{"weight":3}""");

        await run.ReloadAsync(("a", A), ("b", B), ("c", C));

        await AskAsync(run.Proxy, 10);
        Assert.Equal([6, 2, 2], new[] { A, B, C }.Select(destination => destination.Requests.Count));
        Assert.Equal((3, 3), ((await run.Proxy.DescribeAsync("a")).GetProperty("weight").GetInt32(), (await run.Proxy.DescribeAsync("a")).GetProperty("operatorWeight").GetInt32()));
    }

    [Fact]
    public async Task One_that_is_healthy_again_comes_to_its_share_slowly()
    {
        var clock = new ManualTimeProvider();
        await using var proxy = await ProxyHost.StartAsync(
            clock,
            new() { ["Clusters:web:HealthCheck:Active:Enabled"] = "true", ["Clusters:web:HealthCheck:Active:Interval"] = "1h", ["Clusters:web:SlowStart:Time"] = "10s" },
            Addresses);
        await proxy.WaitForHealthAsync("c", "Healthy");
        var registry = proxy.Services.GetRequiredService<ClusterRegistry>();
        var web = registry.Find("web")!;
        var a = web.Standing.Members[0].Destination;
        registry.ReportProbe(web, a, new ProbeResult(false, ""));
        registry.ReportProbe(web, a, new ProbeResult(false, ""));
        registry.ReportProbe(web, a, new ProbeResult(true, ""));

        var shares = new List<double>();
        for (var second = 0; second <= 10; second++)
        {
            await Eventually.HoldsAsync(() => web.Standing.IsCurrent(web.Options, clock.MonotonicTicks()), "the share follows the clock");
            shares.Add((await AskAsync(proxy, 60)).Count(server => server == 'a') / 60.0);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        output.WriteLine($"share of one in three, by second: {string.Join(", ", shares.Select(share => share.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)))}");
        Assert.InRange(shares[0], 0.03, 0.07);
        Assert.InRange(shares[5], 0.17, 0.23);
        Assert.InRange(shares[10], 0.3, 0.37);
    }

    [Fact]
    public async Task In_a_panic_all_are_asked_whatever_their_probes_say()
    {
        await using var proxy = await ProxyHost.StartAsync(new(ProxyHost.QuickProbes()) { ["Clusters:web:Panic:Threshold"] = "0.5" }, Addresses);
        (A.Health, B.Health) = (Behave.Answer(500, ""), Behave.Answer(500, ""));
        await proxy.WaitForHealthAsync("a", "Unhealthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");

        Assert.Equal("abc", string.Concat((await AskAsync(proxy, 3)).Order()));
    }

    [Fact]
    public async Task Without_panic_the_one_that_is_left_gets_all()
    {
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), Addresses);
        (A.Health, B.Health) = (Behave.Answer(500, ""), Behave.Answer(500, ""));
        await proxy.WaitForHealthAsync("a", "Unhealthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");

        Assert.Equal("ccc", await AskAsync(proxy, 3));
    }

    [Theory]
    [InlineData(503, "Retry-After: 30", true)]
    [InlineData(429, "Retry-After: Sun, 08 Nov 2026 18:20:12 GMT", true)]
    [InlineData(503, "X-Other: 30", false)]
    [InlineData(301, "Retry-After: 30", false)]
    [InlineData(200, "Retry-After: 30", false)]
    public async Task One_that_asks_to_be_left_alone_is_held_off_for_so_long(int status, string field, bool isHeldOff)
    {
        var clock = new ManualTimeProvider();
        await using var proxy = await ProxyHost.StartAsync(clock, [], A.Address);
        A.Next(Behave.Answer(status, "", field));

        using var answer = await proxy.Client.GetAsync("/");

        var (load, now) = (proxy.Services.GetRequiredService<ClusterRegistry>().Find("web")!.Standing.Members[0].Destination.Load, clock.MonotonicTicks());
        Assert.Equal((isHeldOff, false), (load.IsHeldOff(now + (29 * TimeSpan.TicksPerSecond)), load.IsHeldOff(now + (31 * TimeSpan.TicksPerSecond))));
    }

    private static async Task<string> AskAsync(ProxyHost proxy, int count)
    {
        var answers = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            answers.Append(await proxy.Client.GetStringAsync("/"));
        }

        return answers.ToString();
    }

    private static async Task ChangeAsync(ProxyHost proxy, string destination, string change)
    {
        using var answer = await proxy.Admin.PatchAsync($"/api/clusters/web/destinations/{destination}", new StringContent(change, Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }
}
