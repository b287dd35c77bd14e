using System.Net.WebSockets;
using System.Text;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>WebSockets to destinations that speak HTTP/2 (RFC 8441).</summary>
public sealed class WebSocketOverHttp2Tests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly FakeTls _tls;
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);

    public WebSocketOverHttp2Tests() => _tls = new FakeTls(_authority.Issue("127.0.0.1"));

    public static TheoryData<bool, bool, HttpProtocols> Ways => new()
    {
        { false, true, HttpProtocols.Http2 },
        { true, true, HttpProtocols.Http2 },
        { true, false, HttpProtocols.Http1AndHttp2 },
        { true, false, HttpProtocols.Http1 },
    };

    public void Dispose()
    {
        _deadline.Dispose();
        _tls.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Messages_go_there_and_back(bool overTls, bool exactly, HttpProtocols protocols)
    {
        await using var destination = await Http2Destination.StartAsync(EchoAsync, overTls ? _tls : null, protocols);
        await using var proxy = await StartAsync(destination, exactly);
        using var client = await ConnectAsync(proxy);

        foreach (var message in new[] { "one", Text.OfLength(200_000), "three" })
        {
            var sending = client.SendAsync(Encoding.ASCII.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
            Assert.Equal(message, Encoding.ASCII.GetString((await client.ReceiveMessageAsync(_deadline.Token)).Bytes));
            await sending;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_close_goes_there_and_back(bool overTls, bool exactly, HttpProtocols protocols)
    {
        await using var destination = await Http2Destination.StartAsync(EchoAsync, overTls ? _tls : null, protocols);
        await using var proxy = await StartAsync(destination, exactly);
        using var client = await ConnectAsync(proxy);

        await client.CloseAsync((WebSocketCloseStatus)4321, "enough", _deadline.Token);

        Assert.Equal(((WebSocketCloseStatus)4321, "enough"), (client.CloseStatus, client.CloseStatusDescription));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_WebSocket_that_was_closed_was_a_success(bool overTls, bool exactly, HttpProtocols protocols)
    {
        await using var destination = await Http2Destination.StartAsync(EchoAsync, overTls ? _tls : null, protocols);
        await using var proxy = await StartAsync(destination, exactly);
        using var client = await ConnectAsync(proxy);

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", _deadline.Token);

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=success") == 1, "the attempt is counted as a success");
    }

    [Fact]
    public async Task Over_HTTP2_the_protocol_is_agreed_on_between_client_and_destination()
    {
        await using var destination = await Http2Destination.StartAsync(EchoAsync);
        await using var proxy = await StartAsync(destination, exactly: true);
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("chat.v2");

        await client.ConnectAsync(Address(proxy), _deadline.Token);

        Assert.Equal(("chat.v2", "HTTP/2", "CONNECT"), (client.SubProtocol, destination.Requests[0].Protocol, destination.Requests[0].Method));
    }

    [Fact]
    public async Task Over_HTTP2_a_refusal_of_the_destination_reaches_the_client()
    {
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync("not you");
        });
        await using var proxy = await StartAsync(destination, exactly: true);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(
            RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));

        Assert.Equal((403, "not you"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task Over_HTTP2_a_client_that_breaks_off_ends_the_stream()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            try
            {
                await socket.ReceiveAsync(new byte[1], context.RequestAborted);
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using var proxy = await StartAsync(destination, exactly: true);
        using var client = await ConnectAsync(proxy);

        client.Abort();

        await ended.Task.InTime();
    }

    [Fact]
    public async Task Over_HTTP2_a_key_that_is_none_is_the_clients_fault()
    {
        await using var destination = await Http2Destination.StartAsync(EchoAsync);
        await using var proxy = await StartAsync(destination, exactly: true);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: nonsense"));

        Assert.Equal(400, answer.Status);
        Assert.Equal(0, proxy.Metrics.Sum("lb.attempts", "lb.outcome=success"));
    }

    private static Uri Address(ProxyHost proxy) => new(proxy.Address.Replace("http:", "ws:", StringComparison.Ordinal));

    private static async Task EchoAsync(HttpContext context)
    {
        var wanted = context.WebSockets.WebSocketRequestedProtocols;
        using var socket = await context.WebSockets.AcceptWebSocketAsync(wanted.Count > 0 ? wanted[0] : null);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
    }

    private async Task<ClientWebSocket> ConnectAsync(ProxyHost proxy)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(Address(proxy), _deadline.Token);
        return client;
    }

    private Task<ProxyHost> StartAsync(Http2Destination destination, bool exactly)
    {
        var settings = new Dictionary<string, string?> { ["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = _authority.PemFile };
        if (exactly)
        {
            settings["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact";
        }

        return ProxyHost.StartAsync(settings, destination.Address);
    }
}
