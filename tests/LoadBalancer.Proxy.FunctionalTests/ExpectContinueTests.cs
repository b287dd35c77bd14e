using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class ExpectContinueTests
{
    private const string Head = "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

    [Fact]
    public async Task A_client_that_waits_is_told_to_go_on_when_the_destination_says_so()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await Behave.Ok("ok")(exchange);
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(100, (await client.ReadHeadAsync()).Status);
        await client.SendAsync("hello");
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((200, "100-continue", "hello"), (answer.Status, destination.Requests[0].Header("Expect"), destination.Requests[0].Body));
    }

    [Fact]
    public async Task A_client_that_waits_is_told_to_go_on_also_when_the_destination_says_nothing()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head);
        Assert.Equal(100, (await client.ReadHeadAsync()).Status);
        await client.SendAsync("hello");
        await client.ReadAnswerAsync();

        Assert.Equal("hello", destination.Requests[0].Body);
    }

    [Fact]
    public async Task A_client_that_does_not_wait_is_served_too()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head + "hello");
        var answer = await client.ReadAnswerAsync();
        while (answer.Status == 100)
        {
            answer = await client.ReadAnswerAsync();
        }

        Assert.Equal((200, "hello"), (answer.Status, destination.Requests[0].Body));
    }

    [Theory]
    [InlineData(417, "POST", "Content-Length: 100000")]
    [InlineData(401, "POST", "Content-Length: 100000")]
    [InlineData(413, "PUT", "Transfer-Encoding: chunked")]
    [InlineData(503, "PUT", "Transfer-Encoding: chunked")]
    public async Task A_refusal_arrives_though_the_body_was_never_sent(int status, string method, string framing)
    {
        await using var destination = new FakeDestination().Next(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 {status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            exchange.Stream.Dispose();
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: example.com\r\n{framing}\r\nExpect: 100-continue\r\n\r\n");
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((status, "no", 1), (answer.Status, answer.Text, destination.Requests.Count));
    }

    [Fact]
    public async Task A_body_that_the_destination_did_not_want_is_not_taken_for_the_next_request()
    {
        await using var destination = new FakeDestination().Next(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno");
            exchange.Stream.Dispose();
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var smuggled = RawRequest.Get("/smuggled");
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {smuggled.Length + 2000}\r\nExpect: 100-continue\r\n\r\n");
        await client.ReadAnswerAsync();
        await client.SendAsync(smuggled);
        client.FinishSending();
        await client.WaitForCloseAsync();

        Assert.Single(destination.Requests);
    }
}
