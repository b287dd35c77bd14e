using System.Net;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Which cluster gets a request, by what the request says.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: shop.example\r\n", "shop")]
    [InlineData("GET / HTTP/1.1\r\nHost: SHOP.example\r\n", "shop")]
    [InlineData("GET / HTTP/1.1\r\nHost: shop.example:8080\r\n", "shop")]
    [InlineData("GET / HTTP/1.1\r\nHost: eu.shop.example\r\n", "none")]
    [InlineData("GET / HTTP/1.1\r\nHost: a.tenants.example\r\n", "tenants")]
    [InlineData("GET / HTTP/1.1\r\nHost: tenants.example\r\n", "none")]
    [InlineData("GET http://shop.example/ HTTP/1.1\r\nHost: a.tenants.example\r\n", "shop")]
    [InlineData("GET /api HTTP/1.1\r\nHost: x\r\n", "api")]
    [InlineData("GET /api/v1/items?x=1 HTTP/1.1\r\nHost: x\r\n", "api")]
    [InlineData("GET /API/v1 HTTP/1.1\r\nHost: x\r\n", "api")]
    [InlineData("GET /apis HTTP/1.1\r\nHost: x\r\n", "none")]
    [InlineData("GET /api/health HTTP/1.1\r\nHost: x\r\n", "health")]
    [InlineData("GET /users/7/photo HTTP/1.1\r\nHost: x\r\n", "photos")]
    [InlineData("GET /users/7/8/photo HTTP/1.1\r\nHost: x\r\n", "none")]
    [InlineData("GET / HTTP/1.1\r\nHost: shop.example.\r\n", "shop")]
    [InlineData("DELETE / HTTP/1.1\r\nHost: x\r\n", "deletions")]
    [InlineData("DELETE /api HTTP/1.1\r\nHost: x\r\n", "api")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX-Version: 2\r\n", "second")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX-Version: 22\r\n", "none")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n", "none")]
    [InlineData("GET /first HTTP/1.1\r\nHost: shop.example\r\n", "first")]
    [InlineData("GET /?a=b&Beta=%79es HTTP/1.1\r\nHost: x\r\n", "beta")]
    [InlineData("GET http://x?beta=yes HTTP/1.1\r\nHost: x\r\n", "beta")]
    [InlineData("GET /?beta=no HTTP/1.1\r\nHost: x\r\n", "none")]
    [InlineData("GET /api?beta=yes HTTP/1.1\r\nHost: x\r\n", "api")]
    public async Task The_route_that_matches_best_says_which(string request, string cluster)
    {
        await using var clusters = await Clusters.StartAsync(new()
        {
            ["shop:Match:Hosts:0"] = "shop.example",
            ["tenants:Match:Hosts:0"] = "*.tenants.example",
            ["api:Match:Path"] = "/api/{**rest}",
            ["health:Match:Path"] = "/api/health",
            ["photos:Match:Path"] = "/users/{id}/photo",
            ["deletions:Match:Methods:0"] = "DELETE",
            ["second:Match:Headers:0:Name"] = "X-Version",
            ["second:Match:Headers:0:Values:0"] = "2",
            ["beta:Match:QueryParameters:0:Name"] = "beta",
            ["beta:Match:QueryParameters:0:Values:0"] = "yes",
            ["first:Order"] = "-1",
            ["first:Match:Path"] = "/first",
        });
        using var client = await clusters.Proxy.ConnectAsync();

        var answer = await client.AskAsync(request + "\r\n");

        Assert.Equal(cluster, answer.Status == 404 ? "none" : answer.Text);
    }

    [Fact]
    public async Task A_request_that_no_route_matches_gets_404_that_names_no_cluster()
    {
        await using var clusters = await Clusters.StartAsync(new() { ["api:Match:Path"] = "/api" });

        using var answer = await clusters.Proxy.Client.GetAsync("/");

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.False(problem.RootElement.TryGetProperty("cluster", out _));
    }

    [Fact]
    public async Task A_404_has_the_request_id()
    {
        await using var clusters = await Clusters.StartAsync(new() { ["api:Match:Path"] = "/api" });

        using var answer = await clusters.Proxy.Client.GetAsync("/");

        Assert.Single(answer.Headers.GetValues("X-Request-Id"));
    }

    [Fact]
    public async Task Without_routes_everything_goes_to_the_only_cluster()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProxyHost.StartAsync(a);

        Assert.Equal("a", await proxy.Client.GetStringAsync("/any/where?at=all"));
    }

    /// <summary>A proxy with a cluster for each route, of the route's name, whose destination says that name.</summary>
    private sealed class Clusters : IAsyncDisposable
    {
        private readonly List<FakeDestination> _destinations = [];

        public ProxyHost Proxy { get; private set; } = null!;

        public static async Task<Clusters> StartAsync(Dictionary<string, string?> routes)
        {
            var clusters = new Clusters();
            var settings = routes.ToDictionary(pair => $"Routes:{pair.Key}", pair => pair.Value);
            foreach (var name in routes.Keys.Select(key => key.Split(':')[0]).Distinct())
            {
                var destination = new FakeDestination(Behave.Ok(name));
                clusters._destinations.Add(destination);
                settings[$"Routes:{name}:ClusterId"] = name;
                settings[$"Clusters:{name}:Destinations:only:Address"] = destination.Address;
            }

            clusters.Proxy = await ProxyHost.StartWithAsync(settings);
            return clusters;
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            foreach (var destination in _destinations)
            {
                await destination.DisposeAsync();
            }
        }
    }
}
