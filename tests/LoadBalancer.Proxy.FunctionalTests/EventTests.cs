using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the stream of events tells.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task First_comes_the_state_as_the_list_of_clusters_has_it()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        await proxy.Client.GetStringAsync("/");
        await proxy.WaitUntilCountedAsync();

        await using var events = await EventReader.OpenAsync(proxy);
        var first = await events.NextAsync();

        using var list = JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/clusters"));
        Assert.Equal(("state", "2"), (first.Name, first.Id));
        Assert.True(JsonElement.DeepEquals(list.RootElement, first.Data), $"{first.Data} instead of {list.RootElement}");
    }

    [Fact]
    public async Task Nobody_on_the_way_shall_keep_it_or_hold_it_back()
    {
        await using var proxy = await ProxyHost.StartAsync([], []);

        await using var events = await EventReader.OpenAsync(proxy);

        Assert.Equal(
            ("text/event-stream", "no-store", "no"),
            (events.Answer.Content.Headers.ContentType?.ToString(), events.Answer.Headers.CacheControl?.ToString(), events.Answer.Headers.GetValues("X-Accel-Buffering").Single()));
    }

    [Fact]
    public async Task A_change_of_health_is_told_with_the_destination_as_it_then_is()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");
        await using var events = await EventReader.OpenAsync(proxy);
        var state = await events.NextAsync();

        a.Health = Behave.Answer(500, "");
        var change = await events.NextChangeAsync();

        Assert.Equal(("change", state.Sequence + 1, $"{state.Sequence + 1}", "web health a"), (change.Name, change.Sequence, change.Id, change.Change));
        Assert.Equal(change.Data.GetProperty("at").GetDateTime(), change.Destination.GetProperty("since").GetDateTime());
        Assert.True(JsonElement.DeepEquals(await proxy.DescribeAsync("a"), change.Destination), $"{change.Destination}");
        Assert.Equal(("Unhealthy", "status code: 500"), (change.Destination.GetProperty("health").GetString(), change.Destination.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task What_the_operator_changes_is_told()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);

        await ChangeAsync(proxy, "b", "draining");
        await ChangeAsync(proxy, "b", "active");

        var (drained, resumed) = (await events.NextChangeAsync(), await events.NextChangeAsync());
        Assert.Equal(("web state b", "web state b", drained.Sequence + 1), (drained.Change, resumed.Change, resumed.Sequence));
        Assert.Equal(("Draining", "Active"), (drained.Destination.GetProperty("state").GetString(), resumed.Destination.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task What_a_reload_adds_and_removes_is_told()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await using var events = await EventReader.OpenAfterStateAsync(run.Proxy);

        await run.ReloadAsync(("b", b));

        Assert.Equal(["web removed a", "web added b"], [(await events.NextChangeAsync()).Change, (await events.NextChangeAsync()).Change]);
    }

    [Fact]
    public async Task A_destination_that_a_reload_renames_is_told_with_its_new_name()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("old", a));
        await using var events = await EventReader.OpenAfterStateAsync(run.Proxy);

        await run.ReloadAsync(("new", a));

        Assert.Equal("web redefined new", (await events.NextChangeAsync()).Change);
    }

    [Fact]
    public async Task After_the_changes_of_a_reload_that_adds_a_cluster_comes_the_state()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await using var events = await EventReader.OpenAfterStateAsync(run.Proxy);

        await run.WriteAsync(
            $$"""
            {
              "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "http://127.0.0.1:0" },
              "Clusters": { "api": { "Destinations": { "x": { "Address": "{{a.Address}}" } } }, "web": { "Destinations": { "a": { "Address": "{{a.Address}}" } } } },
              "Routes": { "all": { "ClusterId": "web", "Match": { "Path": "/{**rest}" } } }
            }
            """,
            "configuration reloaded");

        var (change, state) = (await events.NextChangeAsync(), await events.NextChangeAsync());
        Assert.Equal(("api added x", "state", change.Sequence), (change.Change, state.Name, state.Sequence));
        Assert.Equal(["api", "web"], state.Data.GetProperty("clusters").EnumerateArray().Select(cluster => cluster.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Every_second_come_the_counters()
    {
        var clock = new ManualTimeProvider();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(clock, [], a.Address);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);
        await proxy.Client.GetStringAsync("/");
        a.Next(Behave.Reset());
        using var failed = await proxy.Client.PostAsync("/", null);
        await proxy.WaitUntilCountedAsync();

        clock.Advance(TimeSpan.FromSeconds(1));
        var first = await events.NextAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        var second = await events.NextAsync();

        Assert.Equal(("counters", "counters", "1"), (first.Name, second.Name, first.Id));
        Assert.Equal(
            """{"sequence":1,"clusters":[{"name":"web","retriesRefused":0,"shed":0,"waiting":0,"destinations":[{"name":"a","reason":"","inFlight":0,"requests":2,"failures":1,"latencyMs":0}]}]}""",
            first.Data.GetRawText());
    }

    [Fact]
    public async Task Counters_come_after_the_changes_that_they_take_in()
    {
        var clock = new ManualTimeProvider();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(clock, [], a.Address);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);

        await ChangeAsync(proxy, "a", "draining");
        clock.Advance(TimeSpan.FromSeconds(1));

        var (change, counters) = (await events.NextAsync(), await events.NextAsync());
        Assert.Equal(("change", "counters", change.Sequence), (change.Name, counters.Name, counters.Sequence));
    }

    [Fact]
    public async Task Counters_have_the_number_of_the_last_change_told_however_many_there_are()
    {
        const int changes = 3_000;
        var clock = new ManualTimeProvider();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(clock, [], a.Address);
        await using var events = await EventReader.OpenAsync(proxy);
        var registry = proxy.Services.GetRequiredService<ClusterRegistry>();
        var (web, told, last) = (registry.Find("web")!, 0, (await events.NextAsync()).Sequence);

        var changing = Task.Run(() =>
        {
            for (var i = 0; i < changes; i++)
            {
                // So few ahead that by this clock no write takes too long.
                SpinWait.SpinUntil(() => i - Volatile.Read(ref told) < 20, Eventually.Deadline);
                registry.SetState(web, web.Standing.Members[0].Destination, i % 2 == 0 ? OperatorState.Down : OperatorState.Active);
                clock.Advance(TimeSpan.FromSeconds(0.1));
            }
        });

        while (told < changes)
        {
            var next = await events.NextAsync();
            var expected = next.Name == "counters" ? last : last + 1;
            Assert.True(next.Sequence == expected, $"{next.Name} {next.Sequence} after {last}");
            last = next.Sequence;
            Volatile.Write(ref told, next.Name == "counters" ? told : told + 1);
        }

        await changing;
    }

    [Fact]
    public async Task The_list_of_clusters_tells_which_changes_it_takes_in()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);

        await ChangeAsync(proxy, "a", "draining");

        using var list = JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/clusters"));
        Assert.Equal((await events.NextChangeAsync()).Sequence, list.RootElement.GetProperty("sequence").GetInt64());
    }

    private static async Task ChangeAsync(ProxyHost proxy, string destination, string state)
    {
        using var answer = await proxy.Admin.PatchAsync($"/api/clusters/web/destinations/{destination}", new StringContent($$"""{"state":"{{state}}"}""", Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }
}
