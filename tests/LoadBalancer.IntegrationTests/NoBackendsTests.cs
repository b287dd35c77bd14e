using System.Net;
using System.Text.Json;

namespace LoadBalancer.IntegrationTests;

/// <summary>A proxy with nobody behind it.</summary>
public sealed class NoBackendsTests(NoBackendsTests.LonelyProxy app) : IClassFixture<NoBackendsTests.LonelyProxy>
{
    [Fact]
    public async Task The_proxy_runs_and_says_503_and_when_to_come_back()
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var client = app.Proxy();

        using var response = await client.GetAsync(new Uri("/", UriKind.Relative), cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancelled));
        Assert.Equal(503, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("backend", problem.RootElement.GetProperty("cluster").GetString());
    }

    public sealed class LonelyProxy : LoadBalancerApp
    {
        protected override int Replicas => 0;
    }
}
