namespace LoadBalancer.IntegrationTests;

/// <summary>The page of the admin listener as its user sees it.</summary>
[Collection(nameof(DashboardApp))]
public sealed class AdminPageTests(DashboardApp app)
{
    [Fact]
    public async Task An_operator_sees_the_destinations_and_drains_one()
    {
        await app.CountAnswersAsync(9);
        await using var user = await UserBrowser.OpenAsync();

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
        await using var user = await UserBrowser.OpenAsync();
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
        await user.Page.Locator("input.set").WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        Assert.Equal(2, (await app.CountAnswersAsync(6))["backend-3"]);
    }

    [Fact]
    public async Task An_operator_asks_where_a_request_would_go()
    {
        await using var user = await UserBrowser.OpenAsync();
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
}
