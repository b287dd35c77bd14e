using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>The browser of this machine, in one process for all tests. Each user of it is a stranger to the others.</summary>
public sealed class InstalledBrowser : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Opens a window for a user, and skips the test where there is no browser. Tests call it one after the other.</summary>
    public async Task<UserBrowser> OpenAsync()
    {
        var program = Programs.FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "There is no Chromium on this machine");

        _playwright ??= await Playwright.CreateAsync();
        _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox"] });
        var page = await _browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1500, Height = 760 } });
        page.SetDefaultTimeout((float)LoadBalancerApp.Deadline.TotalMilliseconds);
        return new UserBrowser(page);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
