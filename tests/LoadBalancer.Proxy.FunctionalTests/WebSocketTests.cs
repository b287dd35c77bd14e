using System.Net;
using System.Net.WebSockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class WebSocketTests : IDisposable
{
    private const string Upgrade =
        "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(WebSocketMessageType.Text, 0)]
    [InlineData(WebSocketMessageType.Text, 5)]
    [InlineData(WebSocketMessageType.Binary, 300)]
    [InlineData(WebSocketMessageType.Binary, 1024 * 1024)]
    public async Task A_message_goes_there_and_back(WebSocketMessageType type, int length)
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);
        var sent = Enumerable.Range(0, length).Select(i => (byte)('a' + (i % 26))).ToArray();

        var sending = client.SendAsync(sent, type, endOfMessage: true, _deadline.Token);
        var (received, receivedType) = await client.ReceiveMessageAsync(_deadline.Token);
        await sending;

        Assert.Equal((type, length), (receivedType, received.Length));
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Many_messages_keep_their_order()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);

        for (byte i = 0; i < 100; i++)
        {
            await client.SendAsync(new[] { i }, WebSocketMessageType.Binary, endOfMessage: true, _deadline.Token);
        }

        for (byte i = 0; i < 100; i++)
        {
            Assert.Equal([i], (await client.ReceiveMessageAsync(_deadline.Token)).Bytes);
        }
    }

    [Fact]
    public async Task Code_and_reason_of_the_clients_close_reach_the_destination_and_come_back()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);

        await client.CloseAsync((WebSocketCloseStatus)4321, "enough", _deadline.Token);

        Assert.Equal(((WebSocketCloseStatus)4321, "enough"), (client.CloseStatus, client.CloseStatusDescription));
    }

    [Fact]
    public async Task Code_and_reason_of_the_destinations_close_reach_the_client()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(
            (socket, exchange) => socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "going away", exchange.Stopping)));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);

        await client.ReceiveAsync(new byte[1], _deadline.Token);

        Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, "going away"), (client.CloseStatus, client.CloseStatusDescription));
    }

    [Fact]
    public async Task The_protocol_is_agreed_on_between_client_and_destination()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo("chat.v2"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("chat.v1");
        client.Options.AddSubProtocol("chat.v2");

        await client.ConnectAsync(Address(proxy), _deadline.Token);

        Assert.Equal(("chat.v2", "chat.v1, chat.v2"), (client.SubProtocol, string.Join(", ", destination.Requests[0].Headers("Sec-WebSocket-Protocol"))));
    }

    [Fact]
    public async Task A_client_that_breaks_off_ends_the_connection_to_the_destination()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(WaitForEndAsync));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);

        client.Abort();

        await _ended.Task.InTime();
    }

    [Fact]
    public async Task A_destination_that_breaks_off_ends_the_connection_to_the_client()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept((_, exchange) =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        }));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await ConnectAsync(proxy);

        await Assert.ThrowsAsync<WebSocketException>(() => client.ReceiveAsync(new byte[1], _deadline.Token));
    }

    [Fact]
    public async Task A_refusal_of_the_destination_reaches_the_client()
    {
        await using var destination = new FakeDestination(Behave.Answer(403, "not you", "X-Why: because"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(Upgrade);

        Assert.Equal((403, "not you", "because"), (answer.Status, answer.Text, answer.Header("X-Why")));
    }

    [Fact]
    public async Task A_destination_that_refuses_the_connection_is_passed_over()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), destination.Address);
        using var client = await ConnectAsync(proxy);

        Assert.Equal(WebSocketState.Open, client.State);
    }

    [Fact]
    public async Task The_request_and_its_answer_have_the_fields_of_any_other()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Upgrade);
        var answer = await client.ReadHeadAsync();
        var request = destination.Requests[0];

        Assert.Equal(("Upgrade", "websocket", "1.1 LoadBalancer"), (request.Header("Connection"), request.Header("Upgrade"), request.Header("Via")));
        Assert.Equal(("Upgrade", "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), (answer.Header("Connection"), answer.Header("Upgrade"), answer.Header("Sec-WebSocket-Accept")));
    }

    [Fact]
    public async Task What_the_destination_sends_together_with_its_consent_arrives()
    {
        await using var destination = new FakeDestination(Behave.Raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nearly bytes"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Upgrade);
        await client.ReadHeadAsync();

        Assert.Equal("early bytes", await client.ReadTextAsync(11));
    }

    [Fact]
    public async Task A_tunnel_may_be_silent_for_longer_than_a_request()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(Timeouts(activity: "100ms", tunnel: "1h"), destination.Address);
        using var client = await ConnectAsync(proxy);

        // This request ends by the shorter time, which began after the tunnel's.
        destination.Next(Behave.Hang());
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await proxy.Client.GetAsync("/", _deadline.Token)).StatusCode);

        await client.SendAsync("still there"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        Assert.Equal(11, (await client.ReceiveMessageAsync(_deadline.Token)).Bytes.Length);
    }

    [Fact]
    public async Task A_tunnel_that_is_silent_for_too_long_is_closed_on_both_sides()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Accept(WaitForEndAsync));
        await using var proxy = await ProxyHost.StartAsync(Timeouts(activity: "10s", tunnel: "200ms"), destination.Address);
        using var client = await ConnectAsync(proxy);

        await Assert.ThrowsAsync<WebSocketException>(() => client.ReceiveAsync(new byte[1], _deadline.Token));
        await _ended.Task.InTime();
    }

    [Fact]
    public async Task A_destination_that_does_not_answer_the_upgrade_is_too_slow_like_any_other()
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(Timeouts(activity: "100ms", tunnel: "1h"), destination.Address);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(504, (await client.AskAsync(Upgrade)).Status);
    }

    [Theory]
    [InlineData("the same", "a", "a")]
    [InlineData("another destination beside its own", "a", "a,b")]
    [InlineData("another destination in place of its own", "a", "b")]
    [InlineData("another cluster behind its route", "a", "other:b")]
    [InlineData("no route any more", "a", "-:b")]
    public async Task A_tunnel_lives_on_over_a_reload_that_makes_of_its_route(string what, string before, string after)
    {
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await run.WriteAsync(Configuration(before), "configuration reloaded");
        using var client = await ConnectAsync(run.Proxy, "/chat");

        await run.WriteAsync(Configuration(after), "configuration reloaded");

        // So long that whatever a reload would end has been ended.
        run.Clock.Advance(TimeSpan.FromSeconds(40));
        var sent = "still here"u8.ToArray();
        await client.SendAsync(sent, WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        var (received, type) = await client.ReceiveMessageAsync(_deadline.Token);
        Assert.True(type == WebSocketMessageType.Text && sent.SequenceEqual(received), what);

        // The route's cluster and its destinations, as in "web:a,b"; a dash for no route.
        string Configuration(string route)
        {
            var (cluster, names) = route.Split(':') is [var first, var second] ? (first, second) : ("web", route);
            var (name, path) = cluster == "-" ? ("web", "/elsewhere") : (cluster, "/chat");
            var addresses = names.Split(',').Select(one => $$"""
                "{{one}}": { "Address": "{{(one == "a" ? a : b).Address}}" }
                """);
            return $$"""
                {
                  "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
                  "Admin": { "Url": "http://127.0.0.1:0" },
                  "Routes": { "chat": { "ClusterId": "{{name}}", "Match": { "Path": "{{path}}" } } },
                  "Clusters": { "{{name}}": { "Destinations": { {{string.Join(", ", addresses)}} } } }
                }
                """;
        }
    }

    private static Dictionary<string, string?> Timeouts(string activity, string tunnel) => new()
    {
        ["Clusters:web:HttpRequest:ActivityTimeout"] = activity,
        ["Clusters:web:HttpRequest:TunnelTimeout"] = tunnel,
    };

    private static Uri Address(ProxyHost proxy) => new(proxy.Address.Replace("http:", "ws:", StringComparison.Ordinal));

    private async Task<ClientWebSocket> ConnectAsync(ProxyHost proxy, string path = "/")
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri(Address(proxy), path), _deadline.Token);
        return client;
    }

    private async Task WaitForEndAsync(WebSocket socket, FakeExchange exchange)
    {
        try
        {
            await exchange.Stream.ReadExactlyAsync(new byte[1], exchange.Stopping);
        }
        catch (IOException)
        {
            _ended.SetResult();
        }
    }
}
