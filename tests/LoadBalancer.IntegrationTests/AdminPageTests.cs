using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace LoadBalancer.IntegrationTests;

/// <summary>The page of the admin listener as its user sees it.</summary>
[Collection(nameof(DashboardApp))]
public sealed class AdminPageTests(DashboardApp app, InstalledBrowser browser)
{
    [Fact]
    public async Task An_operator_sees_the_destinations_and_drains_one()
    {
        await app.CountAnswersAsync(9);
        await using var user = await browser.OpenAsync();

        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));
        foreach (var name in (string[])["backend-1", "backend-2", "backend-3"])
        {
            await user.Row(name).GetByText("Healthy (status code: 200)").WaitForAsync();
        }

        await user.Button("Drain backend-2").ClickAsync();
        await user.Row("backend-2").GetByText("Draining").WaitForAsync();
        await user.PictureAsync("admin-page");
        Assert.DoesNotContain("backend-2", await app.CountAnswersAsync(6));

        // The page learns by itself what others do.
        await app.OperateAsync("backend-2", "resume", "Healthy");
        await user.Button("Drain backend-2").WaitForAsync();
        Assert.Equal(2, (await app.CountAnswersAsync(6))["backend-2"]);
    }

    // With the keyboard alone: to the field, the number, Enter; and emptied again.
    [Fact]
    public async Task An_operator_gives_a_destination_a_weight_and_takes_it_back()
    {
        await using var user = await browser.OpenAsync();
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));
        var field = user.Page.GetByLabel("Weight of backend-3", new() { Exact = true });
        await field.FocusAsync();

        await field.FillAsync("0");
        await field.PressAsync("Enter");
        await user.Page.Locator("input.set").WaitForAsync();
        await user.PictureAsync("admin-page-weight");
        Assert.DoesNotContain("backend-3", await app.CountAnswersAsync(6));

        await field.FillAsync("");
        await field.PressAsync("Enter");
        await user.Page.Locator("input.set").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal(2, (await app.CountAnswersAsync(6))["backend-3"]);
    }

    [Fact]
    public async Task An_operator_asks_where_a_request_would_go()
    {
        await using var user = await browser.OpenAsync();
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));

        await user.Page.GetByLabel("URL").FillAsync("http://shop.example/items");
        await user.Page.GetByLabel("Headers").FillAsync("X-Tenant: 42\nAccept: */*");
        await user.Page.GetByLabel("URL").PressAsync("Enter");

        await user.Page.Locator("#routes").GetByText("matches").WaitForAsync();
        await user.Page.Locator("#picks").GetByText("next by RoundRobin").WaitForAsync();
        await user.PictureAsync("admin-page-explain");

        await user.Page.GetByLabel("URL").FillAsync("shop.example");
        await user.Button("Explain").ClickAsync();
        await user.Page.GetByText("url 'shop.example' is not a URL: write http://host/path, or /path.").WaitForAsync();
    }

    [Fact]
    public async Task The_last_minutes_of_each_destination_are_drawn()
    {
        await using var user = await browser.OpenAsync();
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));

        // A rate is known from the second count on, and a line has two points.
        await user.Graph("Requests a second of backend-1 over the last minutes: 0 to 0, now 0").WaitForAsync();
        await app.CountAnswersAsync(30);

        await user.Graph(new Regex("^Requests a second of backend-1 over the last minutes: 0 to [1-9]")).WaitForAsync();
        await user.Graph(new Regex("^Latency in milliseconds of backend-2 over the last minutes: ")).WaitForAsync();
        await user.Graph(new Regex("^Requests in flight of backend-3 over the last minutes: ")).WaitForAsync();
        Assert.Contains("L", await user.Row("backend-1").Locator(".graph path").First.GetAttributeAsync("d"), StringComparison.Ordinal);
        Assert.True(await user.Page.EvaluateAsync<bool>("(main => main.scrollWidth <= main.clientWidth)(document.querySelector('main'))"), "the table is wider than the window");
        await user.PictureAsync("admin-page-graphs");
    }

    [Fact]
    public async Task On_a_phone_it_is_read_without_moving_it_sideways()
    {
        await using var user = await browser.OpenAsync();
        await user.Page.SetViewportSizeAsync(390, 844);
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));
        await user.Row("backend-3").GetByText("Healthy (status code: 200)").WaitForAsync();

        Assert.True(await user.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the phone");
        Assert.True(await user.Page.EvaluateAsync<bool>("[...document.querySelectorAll('.destinations button')].filter(each => !each.hidden).every(each => each.getBoundingClientRect().height >= 40)"), "a button is too small for a finger");
        await user.PictureAsync("admin-page-phone");
    }

    [Fact]
    public async Task On_a_small_screen_nothing_is_out_of_sight()
    {
        await using var user = await browser.OpenAsync();
        // A screen of 1280 pixels, less a bar to scroll by, which this browser does not show.
        await user.Page.SetViewportSizeAsync(1260, 720);
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));
        await user.Button("Drain backend-3").WaitForAsync();
        await user.Page.GetByLabel("URL").FillAsync("/");
        await user.Button("Explain").ClickAsync();
        await user.Page.Locator("#picks tbody tr").Nth(2).WaitForAsync();

        Assert.Equal("", await user.Page.EvaluateAsync<string>("[...document.querySelectorAll('html, main, #explained')].filter(each => each.scrollWidth > each.clientWidth).map(each => `${each.id || each.tagName} ${each.scrollWidth - each.clientWidth} px`).join()"));
    }

    // With the keyboard alone, and by what a screen reader is told: names of controls, and news.
    [Fact]
    public async Task By_keyboard_a_destination_is_taken_down_and_the_page_tells_of_it()
    {
        await using var user = await browser.OpenAsync();
        await user.GoAsync(app.Application.GetEndpoint("proxy", "admin"));
        await user.Page.GetByLabel("Weight of backend-3", new() { Exact = true }).FocusAsync();
        try
        {
            await user.Page.Keyboard.PressAsync("Tab");
            Assert.Equal("Drain backend-3", await FocusedAsync());
            await user.Page.Keyboard.PressAsync("Tab");
            Assert.Equal("Take backend-3 down", await FocusedAsync());
            await user.Page.Keyboard.PressAsync("Enter");

            await user.Page.GetByRole(AriaRole.Status, new() { Name = "News" }).GetByText(new Regex("^backend-3 of backend: .*, Down\\.$")).WaitForAsync();
        }
        finally
        {
            await app.OperateAsync("backend-3", "resume", "Healthy");
        }

        await user.Button("Take backend-3 down").WaitForAsync();
        Assert.Equal("[]", await user.Page.EvaluateAsync<string>(
            "JSON.stringify([...document.querySelectorAll('button, input, textarea, svg')].filter(each => !each.closest('[hidden]') && !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length)).map(each => each.outerHTML))"));

        async Task<string> FocusedAsync() => await user.Page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')");
    }
}
