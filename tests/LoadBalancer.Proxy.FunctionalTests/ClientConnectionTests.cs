using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How many connections of clients there may be, and how many requests each may bring.</summary>
public abstract class ClientConnectionTests
{
    [Fact]
    public async Task A_connection_is_closed_after_the_last_request_that_it_may_bring()
    {
        await using var destination = new FakeDestination(Behave.Ok("hello"));
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:MaxRequestsPerConnection"] = "2" }, destination.Address);
        using var client = await proxy.ConnectAsync();

        var first = await client.AskAsync(RawRequest.Post("a body"));
        var second = await client.AskAsync(RawRequest.Post("a body"));

        Assert.Equal((null, "close", "hello"), (first.Header("Connection"), second.Header("Connection"), second.Text));
        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task A_refusal_counts_as_well()
    {
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:MaxRequestsPerConnection"] = "1" }, DeadAddress.Refusing());
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal((503, "close"), (answer.Status, answer.Header("Connection")));
    }

    [Fact]
    public async Task A_chunked_body_of_the_last_request_goes_through_whole()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:MaxRequestsPerConnection"] = "1" }, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("one, "));
        await destination.WaitForRequestAsync();

        await client.SendAsync(RawRequest.Chunk("two") + RawRequest.Chunk(""));
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((200, "close", "one, two"), (answer.Status, answer.Header("Connection"), destination.Requests[0].Body));
    }

    [Fact]
    public async Task A_connection_too_many_waits_until_one_closes()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:MaxConnections"] = "1" }, destination.Address);
        using var first = await proxy.ConnectAsync();
        await first.AskAsync(RawRequest.Get());
        using var second = await proxy.ConnectAsync();
        await second.SendAsync(RawRequest.Get());
        await Eventually.HoldsAsync(() => proxy.Logs.Records.Any(record => record.Message.Contains("Limits:MaxConnections", StringComparison.Ordinal)), "the shortage is told");
        var before = destination.Requests.Count;

        first.Dispose();

        Assert.Equal((1, 200), (before, (await second.ReadAnswerAsync()).Status));
    }
}
