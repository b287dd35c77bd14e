using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LoadBalancer.IntegrationTests;

/// <summary>Three backends behind the proxy, as one command starts them.</summary>
[Collection(nameof(DashboardApp))]
public sealed class RunningApplicationTests(DashboardApp app)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nine_requests_are_three_for_each_backend()
    {
        var answers = await app.CountAnswersAsync(9);

        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), answers);
    }

    [Fact]
    public async Task Each_backend_says_its_own_name()
    {
        using var client = app.Proxy();
        var answers = new HashSet<string>();
        for (var n = 0; n < 3; n++)
        {
            answers.Add(await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancelled));
        }

        Assert.Equal(["Hello from backend-1", "Hello from backend-2", "Hello from backend-3"], answers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_backend_that_fails_its_health_checks_leaves_and_comes_back_when_they_pass()
    {
        using var failing = app.Backend(2);
        try
        {
            await PostAsync(failing, "/faults/health?status=500");
            await app.ShownAsync("backend-2", "Unhealthy");
            Assert.Equal(Three("backend-1", "backend-3"), await app.CountAnswersAsync(6));
        }
        finally
        {
            await PostAsync(failing, "/faults/clear");
        }

        await app.ShownAsync("backend-2", "Healthy");
        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), await app.CountAnswersAsync(9));
    }

    [Fact]
    public async Task A_backend_that_is_stopped_costs_no_request_and_comes_back_when_it_is_started()
    {
        var before = app.Application.GetEndpoint("backend-3", "http");
        await app.CommandAsync("backend-3", KnownResourceCommands.StopCommand, KnownResourceStates.TerminalStates);

        // At once, before the health checks have noticed: a refused connection is tried elsewhere.
        var answers = await app.CountAnswersAsync(12);
        Assert.Equal(["backend-1", "backend-2"], answers.Keys.Order(StringComparer.Ordinal));
        await app.ShownAsync("backend-3", "Unhealthy");

        await app.CommandAsync("backend-3", KnownResourceCommands.StartCommand, [KnownResourceStates.Running]);
        await app.ShownAsync("backend-3", "Healthy");
        Assert.Equal(before, app.Application.GetEndpoint("backend-3", "http"));
        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), await app.CountAnswersAsync(9));
    }

    [Fact]
    public async Task A_destination_that_is_drained_gets_no_new_requests_until_it_is_resumed()
    {
        await app.OperateAsync("backend-1", "drain", "Draining");
        try
        {
            Assert.Equal(Three("backend-2", "backend-3"), await app.CountAnswersAsync(6));
        }
        finally
        {
            await app.OperateAsync("backend-1", "resume", "Healthy");
        }

        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), await app.CountAnswersAsync(9));
    }

    [Fact]
    public async Task A_change_of_health_is_shown_within_a_second_of_the_proxy()
    {
        using var backend = app.Backend(2);
        await PostAsync(backend, "/faults/health?status=500");
        var proxy = SeenByProxyAsync("backend-2", "Unhealthy");
        var dashboard = app.ShownAsync("backend-2", "Unhealthy");
        try
        {
            var (first, second) = (await proxy, await dashboard);
            TestContext.Current.SendDiagnosticMessage($"unhealthy in the proxy after {first.TotalSeconds:0.00} s, in the dashboard after {second.TotalSeconds:0.00} s");
            Assert.True(second - first < 5 * TimeSpan.FromSeconds(1), $"the dashboard was {second - first} behind the proxy");
        }
        finally
        {
            await PostAsync(backend, "/faults/clear");
            await app.ShownAsync("backend-2", "Healthy");
        }
    }

    [Fact]
    public async Task The_row_of_the_proxy_says_how_many_destinations_are_available()
    {
        await RowSaysAsync("3 of 3 available");
        await app.OperateAsync("backend-3", "down", "Down");
        try
        {
            await RowSaysAsync("2 of 3 available");
        }
        finally
        {
            await app.OperateAsync("backend-3", "resume", "Healthy");
        }

        Task<ResourceEvent> RowSaysAsync(string text) => app.WaitAsync("proxy", update => update.Snapshot.Urls.Any(url => url.DisplayProperties.DisplayName == text));
    }

    [Fact]
    public async Task A_destination_stands_under_the_proxy_and_shows_what_the_proxy_knows_of_it()
    {
        await app.CountAnswersAsync(3);
        var parent = (await app.WaitAsync("proxy", _ => true)).ResourceId;

        var shown = await app.WaitAsync(LoadBalancerApp.Destination("backend-1"), update => Property(update, "Requests") is not "0");

        Assert.Equal("Destination", shown.Snapshot.ResourceType);
        Assert.Equal(parent, Property(shown, "resource.parentName"));
        Assert.Equal(app.Application.GetEndpoint("backend-1", "http").ToString(), Property(shown, "Address"));
        Assert.Equal("status code: 200", Property(shown, "Reason"));
        Assert.All(["Since", "In flight", "Share of the cluster's requests", "Failures", "Latency"], name => Assert.NotNull(Property(shown, name)));

        static string? Property(ResourceEvent update, string name) => update.Snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value as string;
    }

    [Fact]
    public async Task Nothing_is_known_of_the_destinations_while_the_proxy_is_stopped()
    {
        await app.CommandAsync("proxy", KnownResourceCommands.StopCommand, KnownResourceStates.TerminalStates);
        try
        {
            await app.ShownAsync("backend-1", "Unknown");
        }
        finally
        {
            await app.CommandAsync("proxy", KnownResourceCommands.StartCommand, [KnownResourceStates.Running]);
            await app.ShownAsync("backend-1", "Healthy");
            await app.ShownAsync("backend-2", "Healthy");
            await app.ShownAsync("backend-3", "Healthy");
        }
    }

    [Fact]
    public async Task The_trace_of_the_client_goes_on_at_the_backend()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var client = app.Proxy();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/echo", UriKind.Relative));
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");

        using var response = await client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var echo = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled));
        var seen = echo.RootElement.GetProperty("headers").EnumerateObject()
            .Single(header => header.Name.Equals("traceparent", StringComparison.OrdinalIgnoreCase)).Value.ToString();
        Assert.Contains($"00-{trace}-", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_resources_are_healthy_in_the_eyes_of_the_host()
    {
        using var deadline = new CancellationTokenSource(LoadBalancerApp.Deadline);

        foreach (var resource in (string[])["proxy", "backend-1", "backend-2", "backend-3"])
        {
            await app.Application.ResourceNotifications.WaitForResourceHealthyAsync(resource, deadline.Token);
        }
    }

    private async Task<TimeSpan> SeenByProxyAsync(string destination, string health)
    {
        using var admin = app.Application.CreateHttpClient("proxy", "admin");
        var began = TimeProvider.System.GetTimestamp();
        await LoadBalancerApp.EventuallyAsync(
            async () => (await admin.GetFromJsonAsync<JsonElement>("/api/clusters", Cancelled)).GetProperty("clusters").EnumerateArray()
                .SelectMany(cluster => cluster.GetProperty("destinations").EnumerateArray())
                .Any(one => one.GetProperty("name").GetString() == destination && one.GetProperty("health").GetString() == health),
            $"{destination} {health} in the proxy",
            TimeSpan.FromMilliseconds(20));
        return TimeProvider.System.GetElapsedTime(began);
    }

    private static Dictionary<string, int> Three(params string[] names) => names.ToDictionary(name => name, _ => 3);

    private static async Task PostAsync(HttpClient client, string path)
    {
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), null, Cancelled);
        response.EnsureSuccessStatusCode();
    }
}
