using System.Text.Json;

namespace LoadBalancer.IntegrationTests;

/// <summary>The application with the Aspire dashboard beside it.</summary>
public class DashboardApp : LoadBalancerApp
{
    private const string Dashboard = "aspire-dashboard";

    protected override bool WithDashboard => true;

    public Uri Address => Application.GetEndpoint(Dashboard, "http");

    /// <summary>The address that logs a browser in.</summary>
    public Uri LoginAddress => new(Address, $"/login?t={Settings["AppHost:BrowserToken"]}");

    /// <summary>Waits until the dashboard runs.</summary>
    public Task MustRunAsync() => WaitAsync(Dashboard, update => update.Snapshot.State?.Text == KnownResourceStates.Running);

    /// <summary>The same, and waits until it hears from everybody: what is sent before it listens is lost.</summary>
    public async Task MustHearAsync()
    {
        await MustRunAsync();
        await EventuallyAsync(
            async () =>
            {
                await CountAnswersAsync(Replicas);
                var silent = 0;
                foreach (var resource in (string[])["proxy", .. Enumerable.Range(1, Replicas).Select(n => $"backend-{n}")])
                {
                    silent += (await SpansOfAsync(resource)).Count == 0 ? 1 : 0;
                }
                return silent == 0;
            },
            "spans of the proxy and of each backend");
    }

    /// <summary>The spans that a resource has sent.</summary>
    public async Task<IReadOnlyList<SeenSpan>> SpansOfAsync(string resource)
    {
        var answer = await AskAsync($"spans?resource={resource}&limit=1000");
        if (answer.Length == 0)
        {
            return [];
        }

        using var json = JsonDocument.Parse(answer);
        return
        [
            .. json.RootElement.GetProperty("data").GetProperty("resourceSpans").EnumerateArray()
                .SelectMany(resourceSpans => resourceSpans.GetProperty("scopeSpans").EnumerateArray())
                .SelectMany(scope => scope.GetProperty("spans").EnumerateArray())
                .Select(SeenSpan.Read),
        ];
    }

    /// <summary>What the log records of a resource say, as JSON text.</summary>
    public Task<string> LogsOfAsync(string resource) => AskAsync($"logs?resource={resource}&limit=1000");

    /// <summary>Waits until a condition over the telemetry holds.</summary>
    public static Task EventuallyAsync(Func<Task<bool>> condition, string what) => EventuallyAsync(condition, what, TimeSpan.FromMilliseconds(200));

    // Empty while the dashboard is still starting.
    private async Task<string> AskAsync(string query)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, $"/api/telemetry/{query}"));
        request.Headers.Add("x-api-key", Settings["AppHost:DashboardApiKey"]);
        try
        {
            using var response = await client.SendAsync(request);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : "";
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }
}

/// <summary>One application for every test that leaves it as it was.</summary>
[CollectionDefinition(nameof(DashboardApp))]
public sealed class SharedDashboardApp : ICollectionFixture<DashboardApp>;
