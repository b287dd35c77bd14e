using System.Net;
using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>The dashboard as its user sees it, with a picture of each step.</summary>
public sealed class DashboardBrowserTests(DashboardApp app, InstalledBrowser browser) : IClassFixture<DashboardApp>
{
    private static readonly LocatorGetByTextOptions Exactly = new() { Exact = true };

    [Fact]
    public async Task A_user_watches_a_backend_fail_its_health_checks_and_recover()
    {
        await app.MustRunAsync();
        await app.CountAnswersAsync(30);

        await using var user = await browser.OpenAsync();
        var page = user.Page;
        await user.GoAsync(app.LoginAddress);

        // 1. The programs run; under the proxy stand its destinations.
        foreach (var name in (string[])["proxy", "backend-1", "backend-2", "backend-3"])
        {
            await user.Row(name).GetByText("Running").First.WaitForAsync();
        }
        foreach (var name in (string[])["proxy-backend-1", "proxy-backend-2", "proxy-backend-3"])
        {
            await user.Row(name).GetByText("Healthy", Exactly).First.WaitForAsync();
        }
        await user.Row("proxy").GetByText("3 of 3 available").WaitForAsync();
        await user.PictureAsync("resources");

        // 2. The command of the page lets the health checks of backend-2 fail; its destination says so.
        await ToggleHealthAsync(HttpStatusCode.InternalServerError);
        TestContext.Current.SendDiagnosticMessage($"red {await app.ShownAsync("backend-2", "Unhealthy")} after the press");
        await user.Row("proxy-backend-2").GetByText("Unhealthy", Exactly).First.WaitForAsync();
        await user.Row("proxy").GetByText("2 of 3 available").WaitForAsync();
        await user.PictureAsync("backend-2-unhealthy");

        // 3. And pass again.
        await ToggleHealthAsync(HttpStatusCode.OK);
        TestContext.Current.SendDiagnosticMessage($"green {await app.ShownAsync("backend-2", "Healthy")} after the second press");
        await user.Row("proxy-backend-2").GetByText("Healthy", Exactly).First.WaitForAsync();
        await user.PictureAsync("backend-2-healthy-again");

        // 4. The operator's commands of a destination.
        await user.Row("proxy-backend-3").GetByTitle("No new requests for it").First.ClickAsync();
        await user.Row("proxy-backend-3").GetByText("Draining", Exactly).First.WaitForAsync();
        Assert.DoesNotContain("backend-3", await app.CountAnswersAsync(4));
        await user.Row("proxy-backend-3").GetByTitle("Requests for it again").First.ClickAsync();
        await user.Row("proxy-backend-3").GetByText("Healthy", Exactly).First.WaitForAsync();

        // 5. The details of a destination: what the proxy knows of it.
        await user.Row("proxy-backend-2").GetByText("proxy-backend-2", Exactly).ClickAsync();
        await user.ReadAsync("Share of the cluster's requests");
        await user.PictureAsync("destination-details");

        // 6. What the proxy wrote about that, as lines and as records.
        await GoAsync("/consolelogs/resource/proxy");
        await user.ReadAsync("the following host is down backend-2");
        await user.PictureAsync("console-logs");
        await GoAsync("/structuredlogs/resource/proxy");
        await user.ReadAsync("the following host is down backend-2");
        await user.PictureAsync("structured-logs");

        // 7. The requests as a metric; a press on a destination leaves its share: ten of the thirty, and two of the four without backend-3.
        await page.SetViewportSizeAsync(1500, 1100);
        await GoAsync("/metrics/resource/proxy?meter=LoadBalancer.Proxy&instrument=lb.requests&duration=5&view=Graph");
        await user.Button("backend-2").WaitForAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await user.PictureAsync("metrics");
        await user.Button("backend-2").ClickAsync();
        await page.GetByText("Table", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Gridcell).GetByText("12", Exactly).First.WaitForAsync();
        await page.GetByText("Graph", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await user.PictureAsync("metrics-of-backend-2");

        // 8. The traces: backend-2 breaks off one of nine requests, and another makes it good.
        await page.SetViewportSizeAsync(1500, 760);
        using (var backend = app.Backend(2))
        {
            using var switched = await backend.PostAsync(new Uri("/faults/reset?count=1", UriKind.Relative), null);
            switched.EnsureSuccessStatusCode();
        }
        await app.CountAnswersAsync(9);
        await GoAsync("/traces/resource/proxy");
        await user.ReadAsync("proxy (3)");
        await user.PictureAsync("traces");

        Task GoAsync(string path) => user.GoAsync(new Uri(app.Address, path));

        // The dashboard draws its rows anew at any time, and a press just then is lost on it. Like a user, the test looks whether it did something.
        async Task ToggleHealthAsync(HttpStatusCode expected)
        {
            for (var press = 1; ; press++)
            {
                await user.Row("backend-2").GetByTitle("Toggle health: let the health endpoint answer 500").First.ClickAsync();
                if (await HasHealthAsync(expected))
                {
                    return;
                }

                Assert.True(press < 3, $"{press} presses did nothing");
                TestContext.Current.SendDiagnosticMessage("a press on Toggle health was lost");
            }
        }

        async Task<bool> HasHealthAsync(HttpStatusCode expected)
        {
            using var backend = app.Backend(2);
            for (var look = 0; look < 50; look++)
            {
                using var health = await backend.GetAsync(new Uri("/health", UriKind.Relative));
                if (health.StatusCode == expected)
                {
                    return true;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }

            return false;
        }
    }
}
