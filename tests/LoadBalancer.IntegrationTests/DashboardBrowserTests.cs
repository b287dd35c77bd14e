using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>The dashboard as its user sees it, with a picture of each step.</summary>
public sealed class DashboardBrowserTests(DashboardApp app) : IClassFixture<DashboardApp>
{
    [Fact]
    public async Task A_user_sees_a_backend_fall_ill_and_recover()
    {
        await app.MustBeThereAsync();
        await app.CountAnswersAsync(30);

        await using var user = await UserBrowser.OpenAsync();
        var page = user.Page;
        await user.GoAsync(app.LoginAddress);

        // 1. All four run.
        foreach (var name in (string[])["proxy", "backend-1", "backend-2", "backend-3"])
        {
            await user.Row(name).GetByText("Running").First.WaitForAsync();
        }
        await user.PictureAsync("resources");

        // 2. The command of the page makes backend-2 unwell; its row says so, and so does the proxy's.
        await ToggleHealthAsync();
        await user.Row("backend-2").GetByText("Unhealthy").First.WaitForAsync();
        await user.Row("proxy").GetByText("Degraded").First.WaitForAsync();
        await user.PictureAsync("backend-2-unhealthy");

        // 3. And well again.
        await ToggleHealthAsync();
        await user.Row("backend-2").GetByText("Unhealthy").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await user.Row("proxy").GetByText("Degraded").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await user.PictureAsync("backend-2-healthy-again");

        // 4. The details of the proxy, with its own view of each backend.
        await user.Row("proxy").GetByText("proxy", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await user.ReadAsync("lb_backend-2");
        await page.GetByText("lb_backend-2", new PageGetByTextOptions { Exact = true }).First.ScrollIntoViewIfNeededAsync();
        await user.PictureAsync("proxy-details");

        // 5. What it wrote about the illness, as lines and as records.
        await GoAsync("/consolelogs/resource/proxy");
        await user.ReadAsync("the following host is down backend-2");
        await user.PictureAsync("console-logs");
        await GoAsync("/structuredlogs/resource/proxy");
        await user.ReadAsync("the following host is down backend-2");
        await user.PictureAsync("structured-logs");

        // 6. The requests as a metric; a press on a destination leaves its share, a third of the thirty.
        await page.SetViewportSizeAsync(1500, 1100);
        await GoAsync("/metrics/resource/proxy?meter=LoadBalancer.Proxy&instrument=lb.requests&duration=5&view=Graph");
        await user.Button("backend-2").WaitForAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await user.PictureAsync("metrics");
        await user.Button("backend-2").ClickAsync();
        await page.GetByText("Table", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Gridcell).GetByText("10", new LocatorGetByTextOptions { Exact = true }).First.WaitForAsync();
        await page.GetByText("Graph", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await user.PictureAsync("metrics-of-backend-2");

        // 7. The traces: backend-2 breaks off one of nine requests, and another makes it good.
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

        async Task ToggleHealthAsync() => await user.Row("backend-2").GetByTitle("Toggle health: let the health endpoint answer 500").First.ClickAsync();
    }
}
