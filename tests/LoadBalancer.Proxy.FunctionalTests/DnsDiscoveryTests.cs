using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that come from DNS, and go.</summary>
public sealed class DnsDiscoveryTests : IAsyncLifetime
{
    private const string Name = "web.test";

    private readonly FakeDns _dns = new();
    private readonly FakeDestination _one = new(Behave.Ok("1"), at: new IPEndPoint(IPAddress.Parse("127.0.0.1"), 0));
    private FakeDestination _two = null!;
    private FakeDestination _three = null!;

    // One port on several addresses of loopback, as containers of one service have it.
    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "The loopback of this system has one address.");
        _two = new FakeDestination(Behave.Ok("2"), at: new IPEndPoint(IPAddress.Parse("127.0.0.2"), _one.Port));
        _three = new FakeDestination(Behave.Ok("3"), at: new IPEndPoint(IPAddress.Parse("127.0.0.3"), _one.Port));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        foreach (var destination in (FakeDestination?[])[_one, _two, _three])
        {
            await (destination?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    [Fact]
    public async Task Each_address_of_the_name_is_a_destination_from_the_first_request_on()
    {
        _dns.Set(Name, 60, "127.0.0.2", "127.0.0.1", "127.0.0.3");
        await using var proxy = await StartAsync();

        Assert.Equal("123123", await proxy.AskAsync(6));
        Assert.Equal(["udp A web.test", "udp AAAA web.test"], _dns.Questions);
        var view = await proxy.DescribeAsync($"127.0.0.2:{_one.Port}");
        Assert.Equal(($"http://127.0.0.2:{_one.Port}/", $"DNS {Name}:{_one.Port}"), (view.GetProperty("address").GetString(), view.GetProperty("source").GetString()));
    }

    [Fact]
    public async Task Who_is_found_later_joins_and_who_is_not_found_any_more_leaves()
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "0s" });

        _dns.Set(Name, 0, "127.0.0.2", "127.0.0.3");

        await HasAsync(proxy, "127.0.0.2", "127.0.0.3");
        Assert.Equal("2323", await proxy.AskAsync(4));
        await proxy.Logs.WaitForAsync($"the following host was found 127.0.0.3:{_one.Port}");
        await proxy.Logs.WaitForAsync($"the following host is gone 127.0.0.1:{_one.Port}");
    }

    [Fact]
    public async Task Who_is_not_found_any_more_keeps_its_sessions_and_gets_nobody_new_until_it_is_found_again()
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "1h", ["Clusters:web:SessionAffinity:Enabled"] = "true" });
        using var first = await proxy.Client.GetAsync("/");
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        _dns.Set(Name, 0, "127.0.0.2");
        await Eventually.HoldsAsync(async () => await LeavesAsync(proxy, "127.0.0.1"), "127.0.0.1 leaves");
        var (others, session) = (await proxy.AskAsync(3), await proxy.AskAsync(2, cookie));
        _dns.Set(Name, 0, "127.0.0.2", "127.0.0.1");
        await Eventually.HoldsAsync(async () => !await LeavesAsync(proxy, "127.0.0.1"), "127.0.0.1 is back");

        Assert.Equal(("222", "11"), (others, session));
        Assert.Contains("1", await proxy.AskAsync(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_the_time_of_its_sessions_is_over_it_is_removed()
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "300ms", ["Clusters:web:SessionAffinity:Enabled"] = "true" });
        using var first = await proxy.Client.GetAsync("/");
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        _dns.Set(Name, 0, "127.0.0.2");
        await HasAsync(proxy, "127.0.0.2");

        Assert.Equal("2", await proxy.AskAsync(1, cookie));
    }

    [Theory]
    [InlineData(DnsFault.ServerFailure, "answered ServerFailure")]
    [InlineData(DnsFault.Silence, "no answer in time")]
    public async Task While_the_server_fails_the_last_answer_stays_and_it_is_said_once(DnsFault fault, string reason)
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:Discovery:Dns:Timeout"] = "100ms" });

        _dns.Fault = fault;
        await proxy.Logs.WaitForAsync("cannot be looked up");
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.discovery.lookups", "lb.outcome=failure") >= 3, "it has failed three times");
        var (answers, failing) = (await proxy.AskAsync(4), proxy.Metrics.Observe("lb.discovery.failing", "lb.cluster=web"));
        _dns.Fault = DnsFault.None;
        await proxy.Logs.WaitForAsync("is looked up again, destinations: 2");

        Assert.Equal(("1212", 1, 0), (answers, failing, proxy.Metrics.Observe("lb.discovery.failing", "lb.cluster=web")));
        var warning = Assert.Single(proxy.Logs.Records, record => record.Level == LogLevel.Warning);
        Assert.Contains($"cluster web: DNS {Name}:{_one.Port} cannot be looked up: ", warning.Message, StringComparison.Ordinal);
        Assert.Contains(reason, warning.Message, StringComparison.Ordinal);
        Assert.EndsWith("; the last answer stays, destinations: 2", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_not_there_any_more_is_a_failure_too()
    {
        _dns.Set(Name, 0, "127.0.0.1");
        await using var proxy = await StartAsync();

        _dns.Forget(Name);
        await proxy.Logs.WaitForAsync("web.test. does not exist; the last answer stays");
        _dns.Set(Name, 0);
        await _dns.WaitForQuestionsAsync(4);

        Assert.Equal("1", await proxy.AskAsync(1));
    }

    [Fact]
    public async Task Without_an_answer_the_proxy_starts_and_answers_503_and_serves_once_there_is_one()
    {
        await using var proxy = await StartAsync();

        using var refused = await proxy.Client.GetAsync("/");
        _dns.Set(Name, 0, "127.0.0.1");
        await HasAsync(proxy, "127.0.0.1");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, await proxy.AskAsync(1)));
        await proxy.Logs.WaitForAsync("nothing was found as yet");
        Assert.Equal(1, proxy.Metrics.Observe("lb.discovery.destinations", "lb.cluster=web"));
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_asked_for_over_TCP()
    {
        _dns.Set(Name, 60, "127.0.0.1").Fault = DnsFault.Truncation;
        await using var proxy = await StartAsync();

        Assert.Equal("1", await proxy.AskAsync(1));
        Assert.Contains("tcp A web.test", _dns.Questions);
    }

    [Fact]
    public async Task A_server_that_fails_leaves_it_to_the_next()
    {
        _dns.Set(Name, 60, "127.0.0.1");
        await using var broken = new FakeDns { Fault = DnsFault.ServerFailure };
        await using var proxy = await StartAsync(new() { ["Clusters:web:Discovery:Dns:Servers:0"] = broken.Address, ["Clusters:web:Discovery:Dns:Servers:1"] = _dns.Address });

        Assert.Equal("1", await proxy.AskAsync(1));
        Assert.DoesNotContain(proxy.Logs.Records, record => record.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task An_alias_is_followed()
    {
        _dns.SetAlias(Name, 60, "other.test").Set("other.test", 60, "127.0.0.2");
        await using var proxy = await StartAsync();

        Assert.Equal("2", await proxy.AskAsync(1));
    }

    [Fact]
    public async Task Services_have_ports_weights_and_priorities_of_their_own()
    {
        await using var other = new FakeDestination(Behave.Ok("o"));
        _dns.Set("a.test", 60, "127.0.0.1").Set("b.test", 60, "127.0.0.1").Set("c.test", 60, "127.0.0.2")
            .SetServices("_http._tcp.test", 60, $"10 3 {_one.Port} a.test", $"10 1 {other.Port} b.test", $"20 1 {_one.Port} c.test");
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?>
        {
            ["Clusters:web:Discovery:Dns:Name"] = "_http._tcp.test",
            ["Clusters:web:Discovery:Dns:Record"] = "Srv",
            ["Clusters:web:Discovery:Dns:Servers:0"] = _dns.Address,
        });

        Assert.Equal("111o", string.Concat((await proxy.AskAsync(4)).Order()));
        await _one.StopAsync();
        await other.StopAsync();
        Assert.Equal("2", await proxy.AskAsync(1));
    }

    [Fact]
    public async Task Destinations_that_the_configuration_names_stand_beside_and_come_first()
    {
        _dns.Set(Name, 60, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:Destinations:mine:Address"] = _one.Address, ["Clusters:web:Destinations:three:Address"] = _three.Address });

        await HasAsync(proxy, "mine", "three", "127.0.0.2");
        Assert.Equal("132", await proxy.AskAsync(3));
    }

    [Fact]
    public async Task What_the_operator_wants_of_one_holds_while_others_come_and_go()
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "0s" });
        using var change = new StringContent("""{"state":"draining","weight":7}""", System.Text.Encoding.UTF8, "application/json");
        using var changed = await proxy.Admin.PatchAsync($"/api/clusters/web/destinations/127.0.0.1:{_one.Port}", change);

        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.3");
        await HasAsync(proxy, "127.0.0.1", "127.0.0.3");

        var view = await proxy.DescribeAsync($"127.0.0.1:{_one.Port}");
        Assert.Equal((HttpStatusCode.OK, "Draining", 7), (changed.StatusCode, view.GetProperty("state").GetString(), view.GetProperty("weight").GetInt32()));
        Assert.Equal("333", await proxy.AskAsync(3));
    }

    [Fact]
    public async Task A_reload_that_leaves_it_as_it_is_asks_nothing_and_loses_nobody()
    {
        _dns.Set(Name, 60, "127.0.0.1", "127.0.0.2");
        using var file = new ConfigFile(Json(Name));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path });
        var asked = _dns.Questions.Count;
        await proxy.Client.GetStringAsync("/");

        _dns.Forget(Name);
        file.Write(Json(Name, """ "LoadBalancingPolicy": "Random", """));
        await proxy.Logs.WaitForAsync("configuration reloaded");

        await HasAsync(proxy, "127.0.0.1", "127.0.0.2");
        Assert.Equal(asked, _dns.Questions.Count);
        await proxy.WaitUntilCountedAsync();
        Assert.Equal(1, (await proxy.DescribeAsync($"127.0.0.1:{_one.Port}")).GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task A_reload_to_another_name_has_its_destinations_at_once_and_those_of_the_old_one_leave()
    {
        _dns.Set(Name, 60, "127.0.0.1").Set("other.test", 60, "127.0.0.2");
        using var file = new ConfigFile(Json(Name));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path });
        Assert.Equal("11", await proxy.AskAsync(2));

        file.Write(Json("other.test"));
        await proxy.Logs.WaitForAsync("configuration reloaded");

        Assert.Equal("22", await proxy.AskAsync(2));
        Assert.True(await LeavesAsync(proxy, "127.0.0.1"));
    }

    [Fact]
    public async Task A_reload_that_changes_how_long_sessions_have_counts_for_who_leaves_later()
    {
        _dns.Set(Name, 0, "127.0.0.1", "127.0.0.2");
        using var file = new ConfigFile(Json(Name, """ "DrainTimeout": "1h", """));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path });
        file.Write(Json(Name, """ "DrainTimeout": "0s", """));
        await proxy.Logs.WaitForAsync("configuration reloaded");

        _dns.Set(Name, 0, "127.0.0.2");

        await HasAsync(proxy, "127.0.0.2");
    }

    private string Json(string name, string more = "") => $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Admin": { "Url": "http://127.0.0.1:0" },
          "Clusters": { "web": { {{more}} "Discovery": { "Dns": { "Name": "{{name}}", "Port": {{_one.Port}}, "Servers": ["{{_dns.Address}}"] } } } }
        }
        """;

    private Task<ProxyHost> StartAsync(Dictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Clusters:web:Discovery:Dns:Name"] = Name,
            ["Clusters:web:Discovery:Dns:Port"] = $"{_one.Port}",
            ["Clusters:web:Discovery:Dns:MinimumInterval"] = "50ms",
            ["Clusters:web:Discovery:Dns:Servers:0"] = _dns.Address,
        };
        foreach (var (key, value) in more ?? [])
        {
            settings[key] = value;
        }

        return ProxyHost.StartAsync(settings);
    }

    private Task HasAsync(ProxyHost proxy, params string[] names)
    {
        var expected = names.Select(name => IPAddress.TryParse(name, out _) ? $"{name}:{_one.Port}" : name).ToArray();
        return Eventually.HoldsAsync(
            async () => (await proxy.DescribeClusterAsync("web")).GetProperty("destinations").EnumerateArray().Select(view => view.GetProperty("name").GetString()!).SequenceEqual(expected),
            $"the destinations are {string.Join(' ', expected)}");
    }

    private async Task<bool> LeavesAsync(ProxyHost proxy, string address) =>
        (await proxy.DescribeAsync($"{address}:{_one.Port}")).GetProperty("leavesAt").ValueKind != System.Text.Json.JsonValueKind.Null;
}
