using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that go away while a client is still sending, and pauses.</summary>
public abstract class BrokenUploadTests
{
    private const int First = 10 * 1024;
    private const int Whole = 20 * 1024;

    private readonly TaskCompletionSource _broke = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_PUT_of_which_everything_is_remembered_goes_to_another()
    {
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await exchange.ReadTextAsync(First);
            exchange.Reset();
            _broke.SetResult();
        });
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(a, b);

        var answer = await UploadAsync(proxy, "Expect: 100-continue\r\n");

        Assert.Equal((200, "b", Text.OfLength(Whole)), (answer.Status, answer.Text, b.Requests[0].Body));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_HTTP2_too(bool expects)
    {
        await using var a = new RawHttp2Destination(async exchange =>
        {
            await exchange.WaitForBodyAsync(First);
            exchange.ResetConnection();
            _broke.SetResult();
        });
        await using var b = await Http2Destination.StartAsync();
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" }, a.Address, b.Address);

        var answer = await UploadAsync(proxy, expects ? "Expect: 100-continue\r\n" : "");

        Assert.Equal((200, "ok"), (answer.Status, answer.Text));
    }

    private async Task<RawAnswer> UploadAsync(ProxyHost proxy, string expect)
    {
        var body = Text.OfLength(Whole);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"PUT / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {Whole}\r\n{expect}\r\n" + body[..First]);
        await _broke.Task.InTime();
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.destination=a") == 1, "the proxy has noticed");
        await client.SendAsync(body[First..]);
        var answer = await client.ReadAnswerAsync();
        while (answer.Status == 100)
        {
            answer = await client.ReadAnswerAsync();
        }

        return answer;
    }
}
