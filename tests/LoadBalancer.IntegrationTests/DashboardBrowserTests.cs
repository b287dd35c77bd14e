using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>
/// The dashboard as its user sees it. Keeps a picture of each step, beside the test's program or where LB_PICTURES says: those of the
/// documentation are made with LB_PICTURES=docs/dashboard.
/// </summary>
public sealed class DashboardBrowserTests(DashboardApp app) : IClassFixture<DashboardApp>
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static readonly string Pictures = Environment.GetEnvironmentVariable("LB_PICTURES") ?? Path.Combine(AppContext.BaseDirectory, "pictures");

    [Fact]
    public async Task A_user_sees_a_backend_fall_ill_and_recover()
    {
        var browserPath = Browsers.FirstOrDefault(File.Exists);
        Assert.SkipUnless(browserPath is not null, "There is no Chromium on this machine");
        await app.MustBeThereAsync();
        await app.CountAnswersAsync(30);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = browserPath, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1500, Height = 760 } });
        page.SetDefaultTimeout((float)LoadBalancerApp.Deadline.TotalMilliseconds);
        await page.GotoAsync(app.LoginAddress.ToString());

        // 1. All four run.
        foreach (var name in (string[])["proxy", "backend-1", "backend-2", "backend-3"])
        {
            await Row(name).GetByText("Running").First.WaitForAsync();
        }
        await PictureAsync("resources");

        // 2. The command of the page makes backend-2 unwell; its row says so, and so does the proxy's.
        await ToggleHealthAsync();
        await Row("backend-2").GetByText("Unhealthy").First.WaitForAsync();
        await Row("proxy").GetByText("Degraded").First.WaitForAsync();
        await PictureAsync("backend-2-unhealthy");

        // 3. And well again.
        await ToggleHealthAsync();
        await Row("backend-2").GetByText("Unhealthy").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await Row("proxy").GetByText("Degraded").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await PictureAsync("backend-2-healthy-again");

        // 4. The details of the proxy, with its own view of each backend.
        await Row("proxy").GetByText("proxy", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await ReadAsync("lb_backend-2");
        await page.GetByText("lb_backend-2", new PageGetByTextOptions { Exact = true }).First.ScrollIntoViewIfNeededAsync();
        await PictureAsync("proxy-details");

        // 5. What it wrote about the illness, as lines and as records.
        await GoAsync("/consolelogs/resource/proxy");
        await ReadAsync("the following host is down backend-2");
        await PictureAsync("console-logs");
        await GoAsync("/structuredlogs/resource/proxy");
        await ReadAsync("the following host is down backend-2");
        await PictureAsync("structured-logs");

        // 6. The requests as a metric; a press on a destination leaves its share, a third of the thirty.
        await page.SetViewportSizeAsync(1500, 1100);
        await GoAsync("/metrics/resource/proxy?meter=LoadBalancer.Proxy&instrument=lb.requests&duration=5&view=Graph");
        await Button("backend-2").WaitForAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await PictureAsync("metrics");
        await Button("backend-2").ClickAsync();
        await page.GetByText("Table", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Gridcell).GetByText("10", new LocatorGetByTextOptions { Exact = true }).First.WaitForAsync();
        await page.GetByText("Graph", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.Locator(".js-plotly-plot .trace").First.WaitForAsync();
        await PictureAsync("metrics-of-backend-2");

        // 7. The traces: backend-2 breaks off one of nine requests, and another makes it good.
        await page.SetViewportSizeAsync(1500, 760);
        using (var backend = app.Backend(2))
        {
            using var switched = await backend.PostAsync(new Uri("/faults/reset?count=1", UriKind.Relative), null);
            switched.EnsureSuccessStatusCode();
        }
        await app.CountAnswersAsync(9);
        await GoAsync("/traces/resource/proxy");
        await ReadAsync("proxy (3)");
        await PictureAsync("traces");

        // The row whose first cell has the name.
        ILocator Row(string name) => page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { Has = page.GetByText(name, new PageGetByTextOptions { Exact = true }) }).First;

        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

        Task GoAsync(string path) => page.GotoAsync(new Uri(app.Address, path).ToString());

        // What can be read on the page: long lists keep rows in the document that are not shown.
        Task ReadAsync(string text) => page.WaitForFunctionAsync("text => document.body.innerText.includes(text)", text);

        async Task ToggleHealthAsync() => await Row("backend-2").GetByTitle("Let the health endpoint answer 500").First.ClickAsync();

        Task PictureAsync(string name) => page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}.png") });
    }
}
