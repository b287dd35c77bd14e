using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What a changed configuration file changes, and what it leaves.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task New_destinations_are_used_and_removed_ones_are_not()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("old", a));
        await run.Proxy.Client.GetStringAsync("/");

        await run.ReloadAsync(("new", b));

        Assert.Equal("bb", await run.Proxy.Client.GetStringAsync("/") + await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_destination_keeps_its_counters_by_its_address()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("one", a));
        await run.Proxy.Client.GetStringAsync("/");
        await run.Proxy.WaitUntilCountedAsync();

        await run.ReloadAsync(("other-name", a), ("b", b));

        Assert.Equal((1, 0), (await RequestsAsync("other-name"), await RequestsAsync("b")));

        async Task<int> RequestsAsync(string destination) => (await run.Proxy.DescribeAsync(destination)).GetProperty("requests").GetInt32();
    }

    [Fact]
    public async Task A_destination_keeps_its_verdict_by_its_address()
    {
        await using var a = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(ReloadingProxy.Probing("1h"), ("one", a));
        await run.Proxy.WaitForHealthAsync("one", "Unhealthy");
        a.Health = Behave.Hang();

        await run.ReloadAsync(("other-name", a), ("b", b));

        Assert.Equal("Unhealthy", (await run.Proxy.DescribeAsync("other-name")).GetProperty("health").GetString());
    }

    [Fact]
    public async Task A_new_destination_is_probed_at_once()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(ReloadingProxy.Probing("1h"), ("a", a));

        await run.ReloadAsync(("a", a), ("b", b));

        await run.Proxy.WaitForHealthAsync("b", "Healthy");
    }

    [Fact]
    public async Task A_request_in_flight_survives_the_removal_of_its_destination()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var answer = run.Proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();

        await run.ReloadAsync(("b", b));
        gate.SetResult();

        Assert.Equal("late", await answer);
    }

    [Fact]
    public async Task Connections_to_a_destination_that_stays_stay_open()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await run.Proxy.Client.GetStringAsync("/");

        await run.ReloadAsync(("a", a), ("b", b));
        await run.Proxy.Client.GetStringAsync("/");
        await run.Proxy.Client.GetStringAsync("/");

        Assert.Equal((2, 1), (a.Requests.Count, a.Connections));
    }

    [Fact]
    public async Task A_listener_that_is_added_is_opened()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var before = run.Listening();

        await run.ReloadAsync(["main", "second"], ("a", a));

        await Eventually.HoldsAsync(() => run.Listening().Count == before.Count + 1, "a further listener is open");
        using var client = new HttpClient { BaseAddress = new Uri(run.Listening().Except(before).Single()) };
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_listener_that_is_removed_is_closed_and_the_others_stay()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(["main", "second"], ("a", a));
        var (stays, goes) = (run.Proxy.Addresses.Listeners[0], run.Proxy.Addresses.Listeners[1]);

        await run.ReloadAsync(["main"], ("a", a));

        await Eventually.RefusesAsync(goes);
        using var client = new HttpClient { BaseAddress = new Uri(stays) };
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Adress": "http://localhost:1" } } } } }""", "Clusters:web:Destinations:a:Adress: unknown key; did you mean 'Address'?")]
    [InlineData("""{ "ShutdownTimeout": "soon" }""", "ShutdownTimeout: 'soon' is not a span of time")]
    [InlineData("{}", "Clusters: is missing")]
    [InlineData("""{ "Clusters": """, "not valid JSON at line 1")]
    public async Task A_bad_file_is_logged_with_the_path_of_its_error_and_the_last_good_one_stays(string json, string error)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.WriteAsync(json, "configuration not reloaded, the last good one stays: ");

        Assert.Contains(run.Proxy.Logs.Records, record => record.Level == LogLevel.Error && record.Message.Contains(error, StringComparison.Ordinal));
        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Each_error_of_a_bad_file_is_a_line_and_a_file_that_stays_bad_is_not_told_twice()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.WriteAsync("""{ "Rutes": {}, "ShutdownTimeout": "soon" }""", "ShutdownTimeout");
        run.Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(2, run.Proxy.Logs.Records.Count(record => record.Level == LogLevel.Error));
    }

    [Fact]
    public async Task A_file_that_is_mended_is_in_force_again()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await run.WriteAsync("nonsense", "configuration not reloaded");

        await run.ReloadAsync(("b", b));

        Assert.Equal("b", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_file_that_is_gone_changes_nothing_until_it_is_back()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.DeleteAsync();

        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }
}
