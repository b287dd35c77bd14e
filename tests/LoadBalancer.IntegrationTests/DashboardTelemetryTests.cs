using System.Diagnostics;

namespace LoadBalancer.IntegrationTests;

/// <summary>What reaches the dashboard.</summary>
public sealed class DashboardTelemetryTests(DashboardApp app) : IClassFixture<DashboardApp>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_third_of_the_requests_is_a_trace_through_each_backend()
    {
        await app.MustBeThereAsync();
        var sent = new List<string>();
        using var client = app.Proxy();
        for (var n = 0; n < 9; n++)
        {
            var trace = ActivityTraceId.CreateRandom().ToHexString();
            sent.Add(trace);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
            request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
            using var response = await client.SendAsync(request, Cancelled);
            response.EnsureSuccessStatusCode();
        }

        foreach (var backend in (string[])["backend-1", "backend-2", "backend-3"])
        {
            await DashboardApp.EventuallyAsync(
                async () => (await app.TracesOfAsync(backend)).Distinct().Count(sent.Contains) == 3,
                $"three of nine traces at {backend}");
        }
        await DashboardApp.EventuallyAsync(
            async () => !sent.Except(await app.TracesOfAsync("proxy")).Any(),
            "all traces at the proxy");
    }

    [Fact]
    public async Task A_backend_that_falls_ill_and_recovers_is_two_log_records_of_the_proxy()
    {
        await app.MustBeThereAsync();
        await app.CommandAsync("backend-2", "toggle-health", [KnownResourceStates.Running]);
        await DashboardApp.EventuallyAsync(
            async () => (await app.LogsOfAsync("proxy")).Contains("the following host is down backend-2", StringComparison.Ordinal),
            "the record that says that backend-2 is down");

        var before = Count(await app.LogsOfAsync("proxy"), "the following host is up backend-2");
        await app.CommandAsync("backend-2", "toggle-health", [KnownResourceStates.Running]);
        await DashboardApp.EventuallyAsync(
            async () => Count(await app.LogsOfAsync("proxy"), "the following host is up backend-2") > before,
            "the record that says that backend-2 is up");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
