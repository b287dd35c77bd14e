using System.Globalization;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.IntegrationTests.LoadBalancing;

/// <summary>What the dashboard shows of the destinations, over an event stream that says anything.</summary>
public sealed class DestinationFeedTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private FakeAdmin _admin = null!;
    private DistributedApplication _application = null!;
    private DestinationFeed _feed = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await FakeAdmin.StartAsync();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

        // An executable, as in a package: nothing here may need a project.
        var proxy = builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer();
        var endpoint = proxy.Resource.Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == "admin");
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", _admin.Port);
        builder.AddExecutable("lb-taken", "never-started", ".");
        _application = builder.Build();
        _feed = ActivatorUtilities.CreateInstance<DestinationFeed>(_application.Services, proxy.Resource, proxy.GetEndpoint("admin"), _time);
        await _feed.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        _feed.Dispose();
        await _application.DisposeAsync();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Every_destination_of_the_first_state_gets_a_resource()
    {
        var stream = await _admin.NextStreamAsync();

        await stream.WriteAsync(State(1, Destination("one"), Destination("two", health: "Unhealthy", reason: "connection refused")), Cancelled);

        await ShowsAsync("lb-one", "Healthy", "success");
        var two = await ShowsAsync("lb-two", "Unhealthy", "error");
        Assert.Equal("connection refused", Property(two, "Reason"));
        Assert.Equal("Destination", two.Snapshot.ResourceType);
    }

    [Fact]
    public async Task A_change_is_shown()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");

        await stream.WriteAsync(Change(2, "state", Destination("one", state: "Draining")), Cancelled);
        await ShowsAsync("lb-one", "Draining", "warning");
        await stream.WriteAsync(Change(3, "state", Destination("one", state: "Down")), Cancelled);
        await ShowsAsync("lb-one", "Down", "warning");
        await stream.WriteAsync(Change(4, "state", Destination("one", health: "Unknown")), Cancelled);
        await ShowsAsync("lb-one", "Unknown", "info");
    }

    [Fact]
    public async Task The_weight_is_a_property_and_says_when_the_operator_has_set_it()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one", weight: 5)), Cancelled);
        await _application.ResourceNotifications.WaitForResourceAsync("lb-one", update => Property(update, "Weight") == "5", Cancelled).InTime();

        await stream.WriteAsync(Change(2, "weight", Destination("one", weight: 3, operatorWeight: "3")), Cancelled);

        await _application.ResourceNotifications.WaitForResourceAsync("lb-one", update => Property(update, "Weight") == "3, set by the operator", Cancelled).InTime();
    }

    [Fact]
    public async Task Counters_become_properties_and_shares()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one"), Destination("two")), Cancelled);

        await stream.WriteAsync(Counters(1, ("one", 30), ("two", 10)), Cancelled);

        var one = await _application.ResourceNotifications.WaitForResourceAsync("lb-one", update => Property(update, "Requests") == "30", Cancelled).InTime();
        Assert.Equal("75.0 %", Property(one, "Share of the cluster's requests"));
    }

    [Fact]
    public async Task A_destination_that_is_added_later_gets_a_resource_too()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);

        await stream.WriteAsync(Change(2, "added", Destination("two")), Cancelled);

        await ShowsAsync("lb-two", "Healthy", "success");
    }

    [Fact]
    public async Task A_destination_that_is_gone_is_finished_and_hidden_after_half_a_minute()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one"), Destination("two")), Cancelled);

        await stream.WriteAsync(Change(2, "removed", Destination("two")), Cancelled);
        await ShowsAsync("lb-two", KnownResourceStates.Finished, "info");

        _time.Advance(TimeSpan.FromSeconds(2));
        await stream.WriteAsync(Counters(2, ("one", 1)), Cancelled);
        await _application.ResourceNotifications.WaitForResourceAsync("lb-one", update => Property(update, "Requests") == "1", Cancelled).InTime();
        Assert.False(Shown("lb-two").Snapshot.IsHidden);

        // The stream must not fall silent meanwhile.
        for (var second = 0; second < 28; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await stream.WriteAsync(Counters(2, ("one", second + 2)), Cancelled);
            await _application.ResourceNotifications.WaitForResourceAsync("lb-one", update => Property(update, "Requests") == (second + 2).ToString(CultureInfo.InvariantCulture), Cancelled).InTime();
        }

        await _application.ResourceNotifications.WaitForResourceAsync("lb-two", update => update.Snapshot.IsHidden, Cancelled).InTime();
    }

    [Fact]
    public async Task A_destination_that_comes_back_is_shown_again()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await stream.WriteAsync(Change(2, "removed", Destination("one")), Cancelled);
        await ShowsAsync("lb-one", KnownResourceStates.Finished, "info");

        await stream.WriteAsync(Change(3, "added", Destination("one")), Cancelled);

        Assert.Null((await ShowsAsync("lb-one", "Healthy", "success")).Snapshot.StopTimeStamp);
    }

    [Fact]
    public async Task When_the_stream_breaks_nothing_is_known_until_it_is_there_again()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");

        stream.Complete();
        await ShowsAsync("lb-one", "Unknown", "warning");

        await ReconnectAsync(State(7, Destination("one")));
        await ShowsAsync("lb-one", "Healthy", "success");
    }

    [Fact]
    public async Task A_stream_that_falls_silent_counts_as_broken()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");

        _time.Advance(TimeSpan.FromSeconds(3));

        await ShowsAsync("lb-one", "Unknown", "warning");
    }

    [Theory]
    [InlineData("change")]
    [InlineData("counters")]
    public async Task After_a_gap_the_state_is_read_again(string kind)
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");

        await stream.WriteAsync(kind == "change" ? Change(3, "health", Destination("one", health: "Unhealthy")) : Counters(2, ("one", 1)), Cancelled);
        await ShowsAsync("lb-one", "Unknown", "warning");

        await ReconnectAsync(State(3, Destination("one", health: "Unhealthy")));
        await ShowsAsync("lb-one", "Unhealthy", "error");
    }

    [Fact]
    public async Task A_destination_that_is_ejected_is_shown_so_with_the_reason_and_the_time()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");

        var ejected = Destination("one").Replace("}", ",\"ejectedUntil\":\"2026-11-26T00:00:30Z\",\"ejectionReason\":\"5 failures in a row\"}", StringComparison.Ordinal);
        await stream.WriteAsync(Change(2, "ejected", ejected), Cancelled);
        var shown = await ShowsAsync("lb-one", "Ejected", "error");
        Assert.Equal(("Ejected: 5 failures in a row", "until 2026-11-26 00:00:30Z: 5 failures in a row"), (Property(shown, "resource.source"), Property(shown, "Ejected")));

        await stream.WriteAsync(Change(3, "readmitted", Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");
        Assert.Null(Property(Shown("lb-one"), "Ejected"));
    }

    [Fact]
    public async Task A_circuit_breaker_that_is_open_is_shown_with_the_reason()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one").Replace("}", ",\"breaker\":\"Open\",\"breakerReason\":\"a trial failed\"}", StringComparison.Ordinal)), Cancelled);

        var shown = await ShowsAsync("lb-one", "Circuit open", "error");

        Assert.Equal(("Circuit breaker: a trial failed", "Open: a trial failed"), (Property(shown, "resource.source"), Property(shown, "Circuit breaker")));
    }

    [Fact]
    public async Task A_destination_that_a_new_state_lacks_is_finished()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one"), Destination("two")), Cancelled);
        await ShowsAsync("lb-two", "Healthy", "success");

        await stream.WriteAsync(State(2, Destination("one")), Cancelled);

        await ShowsAsync("lb-two", KnownResourceStates.Finished, "info");
    }

    [Fact]
    public async Task A_name_that_is_taken_or_impossible_gives_way()
    {
        var stream = await _admin.NextStreamAsync();

        await stream.WriteAsync(State(1, Destination("taken"), Destination("localhost:8081/path")), Cancelled);

        await ShowsAsync("lb-backend-taken", "Healthy", "success");
        await ShowsAsync("lb-localhost-8081-path", "Healthy", "success");
    }

    [Fact]
    public async Task A_command_of_the_operator_reaches_the_proxy()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one/a")), Cancelled);
        await ShowsAsync("lb-one-a", "Healthy", "success");

        var result = await _application.ResourceCommands.ExecuteCommandAsync("lb-one-a", "drain", Cancelled);

        Assert.True(result.Success, result.Message);
        Assert.Equal("""/api/clusters/backend/destinations/one%2Fa {"state":"draining"}""", Assert.Single(_admin.Changes));
    }

    [Fact]
    public async Task A_command_that_the_proxy_refuses_says_why()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");
        _admin.Answer = Results.Problem("There is no cluster 'backend'.", statusCode: 404);

        var result = await _application.ResourceCommands.ExecuteCommandAsync("lb-one", "down", Cancelled);

        Assert.False(result.Success);
        Assert.Equal("There is no cluster 'backend'.", result.Message);
    }

    [Fact]
    public async Task Commands_are_offered_when_they_make_sense()
    {
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(State(1, Destination("one")), Cancelled);
        await ShowsAsync("lb-one", "Healthy", "success");
        Assert.Equal(["drain", "down"], Offered());

        await stream.WriteAsync(Change(2, "state", Destination("one", state: "Draining")), Cancelled);
        await ShowsAsync("lb-one", "Draining", "warning");
        Assert.Equal(["resume", "down"], Offered());

        await stream.WriteAsync(Change(3, "removed", Destination("one", state: "Draining")), Cancelled);
        await ShowsAsync("lb-one", KnownResourceStates.Finished, "info");
        Assert.Empty(Offered());

        IEnumerable<string> Offered() => Shown("lb-one").Snapshot.Commands.Where(command => command.State == ResourceCommandState.Enabled).Select(command => command.Name);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task ReconnectAsync(string state)
    {
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        var stream = await _admin.NextStreamAsync();
        await stream.WriteAsync(state, Cancelled);
    }

    private Task<ResourceEvent> ShowsAsync(string resource, string state, string style) => _application.ResourceNotifications.WaitForResourceAsync(
        resource, update => update.Snapshot.State?.Text == state && update.Snapshot.State.Style == style, Cancelled).InTime();

    private ResourceEvent Shown(string resource) =>
        _application.ResourceNotifications.TryGetCurrentState(resource, out var shown) ? shown : throw new InvalidOperationException($"{resource} is not shown");

    private static string? Property(ResourceEvent shown, string name) => shown.Snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value as string;

    private static string State(long sequence, params string[] destinations) =>
        $"event: state\ndata: {{\"sequence\":{sequence},\"clusters\":[{{\"name\":\"backend\",\"policy\":\"RoundRobin\",\"destinations\":[{string.Join(',', destinations)}]}}]}}\n\n";

    private static string Change(long sequence, string change, string destination) =>
        $"event: change\ndata: {{\"sequence\":{sequence},\"cluster\":\"backend\",\"change\":\"{change}\",\"at\":\"2026-11-26T00:00:00Z\",\"destination\":{destination}}}\n\n";

    private static string Counters(long sequence, params (string Name, int Requests)[] counters) =>
        $"event: counters\ndata: {{\"sequence\":{sequence},\"clusters\":[{{\"name\":\"backend\",\"destinations\":[{string.Join(',', counters.Select(one =>
            $$"""{"name":"{{one.Name}}","reason":"status code: 200","inFlight":0,"requests":{{one.Requests}},"failures":0,"latencyMs":1.5}"""))}]}}]}}\n\n";

    private static string Destination(string name, string health = "Healthy", string state = "Active", string reason = "status code: 200", int weight = 1, string operatorWeight = "null") => $$"""
        {"name":"{{name}}","address":"http://127.0.0.1:1/{{name}}","weight":{{weight}},"operatorWeight":{{operatorWeight}},"health":"{{health}}","state":"{{state}}","available":{{(health == "Healthy" && state == "Active" ? "true" : "false")}},
        """.Trim() + $$"""
        "reason":"{{reason}}","since":"2026-11-26T00:00:00Z","inFlight":0,"requests":0,"failures":0,"latencyMs":0}
        """.Trim();
}
