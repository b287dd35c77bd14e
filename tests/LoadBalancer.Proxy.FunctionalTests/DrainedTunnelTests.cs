using System.Net.WebSockets;
using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>WebSockets to a destination that the operator drains, and those of a proxy that stops.</summary>
public abstract class DrainedTunnelTests : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);
    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task One_is_closed_with_1001_when_the_time_is_over_and_ends_on_both_sides()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(WaitForEndAsync));
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        await SetAsync(proxy, "draining");
        var closing = client.ReceiveAsync(new byte[1], _deadline.Token);

        _clock.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable), ((await closing).MessageType, client.CloseStatus));
        await _ended.Task.InTime();
    }

    [Theory]
    [InlineData("draining", 19)]
    [InlineData("active", 30)]
    public async Task One_goes_on_until_then_and_when_the_destination_is_wanted_again(string state, int seconds)
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        await SetAsync(proxy, "draining");
        await SetAsync(proxy, state);

        _clock.Advance(TimeSpan.FromSeconds(seconds));

        await client.SendAsync("still there"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        Assert.Equal((11, WebSocketMessageType.Text), await client.ReceiveAsync(new byte[100], _deadline.Token) is var got ? (got.Count, got.MessageType) : default);
    }

    [Fact]
    public async Task One_in_the_middle_of_a_frame_is_closed_behind_it()
    {
        var rest = new TaskCompletionSource();
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(async (_, exchange) =>
        {
            await exchange.SendAsync("\u0082\u0005ab");
            await rest.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("cde");
            await WaitForEndAsync(exchange);
        }));
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        var buffer = new byte[100];
        var begun = await client.ReceiveAsync(buffer.AsMemory(0, 2), _deadline.Token);
        await SetAsync(proxy, "draining");
        _clock.Advance(TimeSpan.FromSeconds(21));

        rest.SetResult();
        var second = await client.ReceiveAsync(buffer.AsMemory(begun.Count), _deadline.Token);
        var third = await client.ReceiveAsync(buffer.AsMemory(50), _deadline.Token);

        Assert.Equal("abcde", Encoding.ASCII.GetString(buffer, 0, begun.Count + second.Count));
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable), (third.MessageType, client.CloseStatus));
    }

    [Fact]
    public async Task One_whose_frame_does_not_end_is_cut()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(async (_, exchange) =>
        {
            await exchange.SendAsync("\u0082\u0005ab");
            await WaitForEndAsync(exchange);
        }));
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        await client.ReceiveAsync(new byte[2], _deadline.Token);
        await SetAsync(proxy, "draining");
        _clock.Advance(TimeSpan.FromSeconds(21));

        var end = client.ReceiveAsync(new byte[100], _deadline.Token);
        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(2));
                return end.IsCompleted;
            },
            "it is cut");

        await Assert.ThrowsAsync<WebSocketException>(() => end);
        await _ended.Task.InTime();
    }

    [Fact]
    public async Task Shortly_before_a_stop_of_the_proxy_cuts_it_one_is_closed_with_1001()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(WaitForEndAsync));
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        var closing = client.ReceiveAsync(new byte[1], _deadline.Token);
        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        _clock.Advance(TimeSpan.FromSeconds(54));
        var before = closing.IsCompleted;

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable, false), ((await closing).MessageType, client.CloseStatus, before));
        await _ended.Task.InTime();
        await stop.InTime();
    }

    [Fact]
    public async Task Until_then_messages_go_there_and_back()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        _clock.Advance(TimeSpan.FromSeconds(54));

        await client.SendAsync("still there"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);

        Assert.Equal(11, (await client.ReceiveAsync(new byte[100], _deadline.Token)).Count);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", _deadline.Token);
        await stop.InTime();
    }

    [Fact]
    public async Task One_over_HTTP2_is_closed_alike()
    {
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("open"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            try
            {
                await socket.ReceiveAsync(new byte[1], context.RequestAborted);
            }
            finally
            {
                _ended.TrySetResult();
            }
        });
        await using var proxy = await StartAsync(destination.Address, ("Clusters:web:HttpRequest:VersionPolicy", "RequestVersionExact"));
        using var client = await ConnectAsync(proxy);
        var first = await client.ReceiveAsync(new byte[100], _deadline.Token);
        await SetAsync(proxy, "draining");
        var closing = client.ReceiveAsync(new byte[1], _deadline.Token);

        _clock.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal((4, WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable), (first.Count, (await closing).MessageType, client.CloseStatus));
        await _ended.Task.InTime();
        Assert.Equal("HTTP/2", destination.Requests[0].Protocol);
    }

    private static async Task SetAsync(ProxyHost proxy, string state)
    {
        using var answer = await proxy.Admin.PatchAsync(
            "/api/clusters/web/destinations/a", new StringContent($$"""{"state":"{{state}}"}""", Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }

    private Task<ProxyHost> StartAsync(FakeDestination destination) => StartAsync(destination.Address);

    private Task<ProxyHost> StartAsync(string address, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        (all["Clusters:web:DrainTimeout"], all["ShutdownTimeout"]) = ("20s", "60s");
        return ProxyHost.StartAsync(_clock, all, address);
    }

    private async Task<ClientWebSocket> ConnectAsync(ProxyHost proxy)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri(proxy.Address.Replace("http:", "ws:", StringComparison.Ordinal)), _deadline.Token);
        return client;
    }

    private Task WaitForEndAsync(WebSocket socket, FakeExchange exchange) => WaitForEndAsync(exchange);

    private async Task WaitForEndAsync(FakeExchange exchange)
    {
        try
        {
            await exchange.Stream.ReadExactlyAsync(new byte[1], exchange.Stopping);
        }
        catch (IOException)
        {
            _ended.TrySetResult();
        }
    }
}
