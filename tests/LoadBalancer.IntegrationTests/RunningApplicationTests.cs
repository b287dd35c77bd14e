using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LoadBalancer.IntegrationTests;

/// <summary>Three backends behind the proxy, as one command starts them.</summary>
public sealed class RunningApplicationTests(LoadBalancerApp app) : IClassFixture<LoadBalancerApp>
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
    public async Task A_backend_that_falls_ill_leaves_and_comes_back_when_it_is_well()
    {
        using var sick = app.Backend(2);
        try
        {
            await PostAsync(sick, "/faults/health?status=500");
            await app.SeenByProxyAsync("backend-2", "Unhealthy");
            Assert.Equal(Three("backend-1", "backend-3"), await app.CountAnswersAsync(6));
        }
        finally
        {
            await PostAsync(sick, "/faults/clear");
        }

        await app.SeenByProxyAsync("backend-2", "Healthy");
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
        await app.SeenByProxyAsync("backend-3", "Unhealthy");

        await app.CommandAsync("backend-3", KnownResourceCommands.StartCommand, [KnownResourceStates.Running]);
        await app.SeenByProxyAsync("backend-3", "Healthy");
        Assert.Equal(before, app.Application.GetEndpoint("backend-3", "http"));
        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), await app.CountAnswersAsync(9));
    }

    [Fact]
    public async Task A_backend_that_is_drained_gets_no_new_requests_until_it_is_resumed()
    {
        await app.CommandAsync("proxy", "drain-backend-1", [KnownResourceStates.Running]);
        try
        {
            Assert.Equal(Three("backend-2", "backend-3"), await app.CountAnswersAsync(6));
            await ReportedAsync(HealthStatus.Degraded);
        }
        finally
        {
            await app.CommandAsync("proxy", "resume-backend-1", [KnownResourceStates.Running]);
        }

        await ReportedAsync(HealthStatus.Healthy);
        Assert.Equal(Three("backend-1", "backend-2", "backend-3"), await app.CountAnswersAsync(9));

        async Task ReportedAsync(HealthStatus status)
        {
            // A deadline for each: Aspire looks at what is healthy only every half a minute.
            using var deadline = new CancellationTokenSource(LoadBalancerApp.Deadline);
            await app.Application.ResourceNotifications.WaitForResourceAsync("proxy", update => Report(update).Status == status, deadline.Token);
        }

        static HealthReportSnapshot Report(ResourceEvent update) => update.Snapshot.HealthReports.Single(report => report.Name == "lb_backend-1");
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

    private static Dictionary<string, int> Three(params string[] names) => names.ToDictionary(name => name, _ => 3);

    private static async Task PostAsync(HttpClient client, string path)
    {
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), null, Cancelled);
        response.EnsureSuccessStatusCode();
    }
}
