using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Bodies of requests that are longer than is allowed.</summary>
public abstract class BodyLimitTests
{
    private static readonly Dictionary<string, string?> Ten = new() { ["Limits:MaxRequestBodySize"] = "10" };

    [Theory]
    [InlineData(10, 200, 1)]
    [InlineData(11, 413, 0)]
    public async Task One_whose_length_is_told_is_refused_before_a_destination_gets_it(int length, int status, int requests)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Ten, destination.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Post(new string('x', length)));

        Assert.Equal((status, requests), (answer.Status, destination.Requests.Count));
        Assert.Equal(status == 413 ? "close" : null, answer.Header("Connection"));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task One_whose_length_is_not_told_is_refused_on_its_way_and_nobody_is_blamed(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Ten, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.ChunkedPost().Replace("POST", method, StringComparison.Ordinal) + RawRequest.Chunk("12345"));

        await client.SendAsync(RawRequest.Chunk("67890") + RawRequest.Chunk("1"));
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((413, "close", "Content too large"), (answer.Status, answer.Header("Connection"), JsonDocument.Parse(answer.Text).RootElement.GetProperty("title").GetString()));
        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.outcome=bad_request"));
    }

    [Fact]
    public async Task One_that_is_too_long_when_the_answer_has_begun_breaks_it_off_and_nobody_is_blamed()
    {
        await using var destination = new RawHttp2Destination();
        destination.Next(async exchange =>
        {
            await exchange.SendHeadAsync(200, isLast: false);
            await exchange.Lost;
        });
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>(Ten) { ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" }, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("12345"));
        await client.ReadHeadAsync();

        await client.SendAsync(RawRequest.Chunk("6789012"));

        Assert.InRange(await client.WaitForCloseAsync(), 0, 99);
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=bad_request") == 1, "the client is told of as the cause");
    }

    [Fact]
    public async Task One_that_waits_to_be_asked_for_is_refused_at_once()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Ten, destination.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");

        Assert.Equal((413, 0), (answer.Status, destination.Requests.Count));
    }

    [Theory]
    [InlineData("5", 413)]
    [InlineData("20", 200)]
    [InlineData("-1", 200)]
    public async Task A_route_may_have_a_limit_of_its_own(string limit, int status)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>(Ten) { ["Routes:all:ClusterId"] = "web", ["Routes:all:MaxRequestBodySize"] = limit }, destination.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Post("twelve bytes"));

        Assert.Equal(status, answer.Status);
    }
}
