using System.Net.WebSockets;
using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>WebSockets and server-sent events, over each version that a client may come by.</summary>
public sealed class LongAnswerTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);

    /// <summary>The scheme of the listener, and the version that the client speaks.</summary>
    public static TheoryData<string, string> Ways => new() { { "https", "1.1" }, { "https", "2.0" }, { "http", "1.1" }, { "http", "2.0" } };

    public void Dispose()
    {
        _deadline.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Messages_of_a_WebSocket_go_there_and_back(string scheme, string version)
    {
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(scheme, null, a.Address);
        var socket = await proxy.OpenWebSocketAsync(Version.Parse(version));

        foreach (var message in new[] { "one", Text.OfLength(200_000), "three" })
        {
            var sending = socket.SendAsync(Encoding.ASCII.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
            Assert.Equal(message, Encoding.ASCII.GetString((await socket.ReceiveMessageAsync(_deadline.Token)).Bytes));
            await sending;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_close_of_a_WebSocket_goes_there_and_back_and_it_was_a_success(string scheme, string version)
    {
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(scheme, null, a.Address);
        var socket = await proxy.OpenWebSocketAsync(Version.Parse(version));

        await socket.CloseAsync((WebSocketCloseStatus)4321, "enough", _deadline.Token);

        Assert.Equal(((WebSocketCloseStatus)4321, "enough"), (socket.CloseStatus, socket.CloseStatusDescription));
        await Eventually.HoldsAsync(() => proxy.Host.Metrics.Sum("lb.requests", "lb.outcome=success") == 1, "the request is counted as a success");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_client_that_leaves_a_WebSocket_ends_it_at_the_destination(string scheme, string version)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new FakeDestination(BehaveWebSocket.Accept(async (socket, exchange) =>
        {
            try
            {
                await socket.ReceiveAsync(new byte[1], exchange.Stopping);
            }
            finally
            {
                ended.TrySetResult();
            }
        }));
        await using var proxy = await StartAsync(scheme, null, a.Address);
        var socket = await proxy.OpenWebSocketAsync(Version.Parse(version));

        socket.Abort();

        await ended.Task.InTime();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_WebSocket_goes_to_a_destination_that_speaks_HTTP2_alone(string scheme, string version)
    {
        await using var a = await Http2Destination.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", context.RequestAborted);
        });
        await using var proxy = await StartAsync(scheme, new() { ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" }, a.Address);

        var socket = await proxy.OpenWebSocketAsync(Version.Parse(version));

        Assert.Equal("hello", Encoding.ASCII.GetString((await socket.ReceiveMessageAsync(_deadline.Token)).Bytes));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Routes_take_a_WebSocket_for_the_GET_that_it_is(string scheme, string version)
    {
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(
            scheme,
            new() { ["Routes:chat:ClusterId"] = "web", ["Routes:chat:Match:Path"] = "/chat", ["Routes:chat:Match:Methods:0"] = "GET", ["Routes:chat:MaxRequestBodySize"] = "3" },
            a.Address);

        var socket = await proxy.OpenWebSocketAsync(Version.Parse(version), "/chat");
        await socket.SendAsync("longer than that"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);

        Assert.Equal(("longer than that", "GET /chat HTTP/1.1"), (Encoding.ASCII.GetString((await socket.ReceiveMessageAsync(_deadline.Token)).Bytes), a.Requests[0].Head[0]));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_WebSocket_that_the_destination_refuses_is_refused(string scheme, string version)
    {
        await using var a = new FakeDestination(Behave.Answer(403, "not you"));
        await using var proxy = await StartAsync(scheme, null, a.Address);

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => proxy.OpenWebSocketAsync(Version.Parse(version)));

        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_event_arrives_while_the_next_is_not_there_yet(string scheme, string version)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
            await goOn.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("9\r\ndata: 2\n\n\r\n0\r\n\r\n");
        });
        await using var proxy = await StartAsync(scheme, null, a.Address);
        var client = proxy.Client(Version.Parse(version));

        await using var events = await client.GetStreamAsync(new Uri("/", UriKind.Relative), _deadline.Token);
        var first = await ReadAsync(events, 9);
        goOn.SetResult();

        Assert.Equal(("data: 1\n\n", "data: 2\n\n"), (first, await ReadAsync(events, 9)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_trailers_of_an_answer_arrive(string scheme, string version)
    {
        await using var a = new FakeDestination(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n"));
        await using var proxy = await StartAsync(scheme, null, a.Address);

        using var answer = await proxy.Client(Version.Parse(version)).GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(("ok", "7"), (await answer.Content.ReadAsStringAsync(), answer.TrailingHeaders.GetValues("X-Sum").Single()));
    }

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().InTime();
        return Encoding.ASCII.GetString(bytes);
    }

    private Task<ProtocolProxy> StartAsync(string scheme, Dictionary<string, string?>? settings, string address) =>
        ProtocolProxy.StartAsync(_authority, scheme, "Http1AndHttp2", settings, address);
}
