using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Heads of requests that are too long, or take too long.</summary>
public abstract class HeadLimitTests
{
    [Theory]
    [InlineData("Limits:MaxRequestHeadSize", "2048", 1800, 10, 200)]
    [InlineData("Limits:MaxRequestHeadSize", "2048", 2100, 10, 431)]
    [InlineData("Limits:MaxRequestHeadSize", "65536", 60000, 10, 200)]
    [InlineData("Limits:MaxRequestLineSize", "512", 10, 480, 200)]
    [InlineData("Limits:MaxRequestLineSize", "512", 10, 600, 414)]
    public async Task One_may_be_so_long(string key, string limit, int field, int path, int status)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { [key] = limit }, destination.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/" + new string('p', path), $"X-Long: {new string('v', field)}"));

        Assert.Equal((status, status == 200 ? 1 : 0), (answer.Status, destination.Requests.Count));
    }

    [Fact]
    public async Task One_that_does_not_arrive_in_time_is_refused_with_408()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:RequestHeadTimeout"] = "1s" }, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: exa");

        var answer = await client.ReadAnswerAsync();
        await client.WaitForCloseAsync();

        Assert.Equal((408, 0), (answer.Status, destination.Requests.Count));
    }
}
