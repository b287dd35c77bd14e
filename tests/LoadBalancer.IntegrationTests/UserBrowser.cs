using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>
/// A user before a browser. Keeps pictures, beside the test's program or where LB_PICTURES says: those of the documentation are made with
/// LB_PICTURES=docs/dashboard.
/// </summary>
public sealed class UserBrowser : IAsyncDisposable
{
    private static readonly string Pictures = Environment.GetEnvironmentVariable("LB_PICTURES") ?? Path.Combine(AppContext.BaseDirectory, "pictures");

    /// <param name="page">What the user sees.</param>
    internal UserBrowser(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>The row that has this text, and nothing else, in one of its cells.</summary>
    public ILocator Row(string text) =>
        Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { Has = Page.GetByText(text, new PageGetByTextOptions { Exact = true }) }).First;

    /// <summary>The button with this name.</summary>
    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>The graph that a screen reader reads out so.</summary>
    public ILocator Graph(string name) => Page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>The graph that a screen reader reads out like this.</summary>
    public ILocator Graph(Regex name) => Page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { NameRegex = name });

    public Task GoAsync(Uri address) => Page.GotoAsync(address.ToString());

    /// <summary>Waits until a text can be read on the page: long lists keep rows in the document that are not shown.</summary>
    public Task ReadAsync(string text) => Page.WaitForFunctionAsync("text => document.body.innerText.includes(text)", text);

    public Task PictureAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}.png") });

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
