using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A path can be spelled in many ways. None of them slips past a route, nor past the token of the admin API.</summary>
public abstract class PathSpellingTests
{
    private static readonly Dictionary<string, string?> Guarded = new() { ["Admin:Token"] = "s3cret" };

    [Theory]
    [InlineData("/admin/users")]
    [InlineData("/ADMIN/users")]
    [InlineData("/%61dmin/users")]
    [InlineData("/./admin/users")]
    [InlineData("/public/../admin/users")]
    [InlineData("/public/%2e%2e/admin/users")]
    [InlineData("http://x/public/../admin/users")]
    public Task A_path_takes_the_route_of_what_it_means(string target) => AssertServedByAsync("admin", target);

    [Theory]
    [InlineData("/admin%2Fusers")]
    [InlineData("/administration")]
    [InlineData("/?/admin/users")]
    public Task A_path_that_only_looks_like_it_does_not_take_the_route(string target) => AssertServedByAsync("any", target);

    [Theory]
    [InlineData("/api/clusters")]
    [InlineData("/API/clusters")]
    [InlineData("/%61pi/clusters")]
    [InlineData("/health/../api/clusters")]
    [InlineData("/health/%2e%2e/api/clusters")]
    [InlineData("//api/clusters")]
    [InlineData("/api//clusters")]
    [InlineData("/api%2Fclusters")]
    public async Task Without_the_token_no_spelling_shows_a_destination(string path)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Guarded, a.Address);
        using var client = await RawClient.ConnectAsync(proxy.Addresses.Admin!);

        var answer = await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(401, answer.Status);
        Assert.DoesNotContain(a.Address, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/clusters/web/destinations/a")]
    [InlineData("/API/clusters/web/destinations/a")]
    [InlineData("/%61pi/clusters/web/destinations/a")]
    public async Task Without_the_token_no_spelling_changes_a_destination(string path)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Guarded, a.Address);

        using var refused = await proxy.Admin.PatchAsync(path, new StringContent("""{"state":"down"}""", Encoding.UTF8, "application/json"));

        Assert.Equal((401, "ok"), ((int)refused.StatusCode, await proxy.Client.GetStringAsync("/")));
    }

    private static async Task AssertServedByAsync(string cluster, string target)
    {
        await using var admin = new FakeDestination(Behave.Ok("admin"));
        await using var any = new FakeDestination(Behave.Ok("any"));
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Clusters:admin:Destinations:only:Address"] = admin.Address,
            ["Clusters:any:Destinations:only:Address"] = any.Address,
            ["Routes:admin:ClusterId"] = "admin",
            ["Routes:admin:Match:Path"] = "/admin/{**rest}",
            ["Routes:any:ClusterId"] = "any",
        });
        using var client = await proxy.ConnectAsync();

        Assert.Equal(cluster, (await client.AskAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
    }
}
