using System.Diagnostics;

namespace LoadBalancer.IntegrationTests;

/// <summary>What reaches the dashboard.</summary>
[Collection(nameof(DashboardApp))]
public sealed class DashboardTelemetryTests(DashboardApp app)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_third_of_the_requests_is_a_trace_through_each_backend()
    {
        await app.MustHearAsync();
        var sent = await SendTracedAsync(9);

        foreach (var backend in (string[])["backend-1", "backend-2", "backend-3"])
        {
            await DashboardApp.EventuallyAsync(
                async () => (await app.SpansOfAsync(backend)).Select(span => span.TraceId).Distinct().Count(sent.Contains) == 3,
                $"three of nine traces at {backend}");
        }
        await DashboardApp.EventuallyAsync(
            async () => !sent.Except((await app.SpansOfAsync("proxy")).Select(span => span.TraceId)).Any(),
            "all traces at the proxy");
    }

    [Fact]
    public async Task The_trace_of_a_retried_request_shows_the_attempt_that_failed_and_the_one_that_did_not()
    {
        await app.MustHearAsync();
        using var backend = app.Backend(2);
        using var switched = await backend.PostAsync(new Uri("/faults/reset?count=1", UriKind.Relative), null, Cancelled);
        switched.EnsureSuccessStatusCode();
        var sent = await SendTracedAsync(3);

        await DashboardApp.EventuallyAsync(
            async () =>
            {
                var attempts = (await app.SpansOfAsync("proxy"))
                    .Where(span => sent.Contains(span.TraceId) && span["lb.attempt"] is not null)
                    .GroupBy(span => span.TraceId)
                    .SingleOrDefault(trace => trace.Count() == 2)?
                    .OrderBy(span => span["lb.attempt"], StringComparer.Ordinal)
                    .ToArray();
                return attempts is [var failed, var made]
                    && failed["lb.destination"] == "backend-2" && failed["lb.outcome"] == "reset"
                    && made["lb.destination"] != "backend-2" && made["lb.outcome"] == "success";
            },
            "one trace with a failed attempt at backend-2 and a second elsewhere");
    }

    [Fact]
    public async Task A_backend_that_fails_its_health_checks_and_recovers_is_two_log_records_of_the_proxy()
    {
        await app.MustHearAsync();

        await ToggleAsync("the following host is down backend-2");
        await ToggleAsync("the following host is up backend-2");

        async Task ToggleAsync(string record)
        {
            var before = Count(await app.LogsOfAsync("proxy"), record);
            await app.CommandAsync("backend-2", "toggle-health", [KnownResourceStates.Running]);
            await DashboardApp.EventuallyAsync(async () => Count(await app.LogsOfAsync("proxy"), record) > before, record);
        }
    }

    /// <summary>Sends requests, each with a trace of its own, and returns the ids of the traces.</summary>
    private async Task<IReadOnlyList<string>> SendTracedAsync(int requests)
    {
        var sent = new List<string>();
        using var client = app.Proxy();
        for (var n = 0; n < requests; n++)
        {
            var trace = ActivityTraceId.CreateRandom().ToHexString();
            sent.Add(trace);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
            request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
            using var response = await client.SendAsync(request, Cancelled);
            response.EnsureSuccessStatusCode();
        }
        return sent;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
