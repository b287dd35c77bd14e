using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A proxy that runs on a section <c>ReverseProxy</c>, as YARP reads it.</summary>
public sealed class YarpSectionTests
{
    [Fact]
    public async Task A_destination_gets_its_own_host_and_the_clients_beside_it()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(new() { ["Clusters:c:Destinations:a:Address"] = a.Address, ["Routes:r:ClusterId"] = "c", ["Routes:r:Match:Path"] = "{**any}" });
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");

        var request = a.Requests.Single();
        Assert.Equal((new Uri(a.Address).Authority, "shop.example"), (request.Header("Host"), request.Header("X-Forwarded-Host")));
    }

    [Fact]
    public async Task Probes_of_another_address_have_the_host_of_that()
    {
        await using var a = new FakeDestination();
        await using var probed = new FakeDestination { HealthPath = "" };
        await using var proxy = await StartAsync(new()
        {
            ["Clusters:c:Destinations:a:Address"] = a.Address,
            ["Clusters:c:Destinations:a:Health"] = probed.Address,
            ["Clusters:c:HealthCheck:Active:Enabled"] = "true",
        });

        var probe = await probed.WaitForRequestAsync();

        Assert.Equal(new Uri(probed.Address).Authority, probe.Header("Host"));
    }

    [Fact]
    public async Task The_more_specific_path_serves_also_where_the_host_is_less_specific()
    {
        await using var byHost = new FakeDestination(Behave.Ok("by host"));
        await using var byPath = new FakeDestination(Behave.Ok("by path"));
        await using var proxy = await StartAsync(new()
        {
            ["Clusters:host:Destinations:a:Address"] = byHost.Address,
            ["Clusters:path:Destinations:a:Address"] = byPath.Address,
            ["Routes:host:ClusterId"] = "host",
            ["Routes:host:Match:Hosts:0"] = "shop.example",
            ["Routes:path:ClusterId"] = "path",
            ["Routes:path:Match:Path"] = "/api/{**rest}",
        });
        using var client = await proxy.ConnectAsync();

        var answers = new[] { await client.AskAsync("GET /api/x HTTP/1.1\r\nHost: shop.example\r\n\r\n"), await client.AskAsync("GET /x HTTP/1.1\r\nHost: shop.example\r\n\r\n") };

        Assert.Equal(["by path", "by host"], answers.Select(answer => answer.Text));
    }

    [Fact]
    public async Task Where_no_destination_is_healthy_all_are_asked()
    {
        await using var a = new FakeDestination(Behave.Ok("a")) { Health = Behave.Answer(500, "") };
        await using var proxy = await StartAsync(new()
        {
            ["Clusters:c:Destinations:a:Address"] = a.Address,
            ["Clusters:c:HealthCheck:Active:Enabled"] = "true",
            ["Clusters:c:HealthCheck:Active:Path"] = "/health",
        });
        await proxy.WaitForHealthAsync("a", "Unhealthy");

        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
    }

    private static Task<ProxyHost> StartAsync(Dictionary<string, string?> section) =>
        ProxyHost.StartAsync(new RunArguments { Settings = section.ToDictionary(pair => $"ReverseProxy:{pair.Key}", pair => pair.Value) });
}
