using System.Net;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Every kind of client on one https listener while its certificate is replaced.</summary>
public sealed class ReplacedCertificateTests : IDisposable
{
    private const int Replacements = 3;

    private readonly TestAuthority _authority = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(90), TimeProvider.System);

    public void Dispose()
    {
        _deadline.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task No_request_fails_and_no_stream_ends()
    {
        await using var web = new FakeDestination(Behave.Ok("a"));
        await using var chat = new FakeDestination(BehaveWebSocket.Echo());
        await using var calls = await GrpcDestination.StartAsync();
        await using var proxy = await StartAsync(web, chat, calls);
        using var channel = GrpcChannel.ForAddress(proxy.Address, new GrpcChannelOptions { HttpHandler = proxy.Handler(), DisposeHttpClient = true });
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(EchoCalls.Talk, null, new CallOptions(cancellationToken: _deadline.Token));
        var socket = await proxy.OpenWebSocketAsync(HttpVersion.Version11, "/chat");
        using var replaced = new CancellationTokenSource();

        var clients = new[]
        {
            UntilAsync(async () => Assert.Equal("a 1.1 200", await Curl.AskAsync("--http1.1", "--cacert", _authority.PemFile, $"{proxy.Address}/")), replaced.Token),
            UntilAsync(async () => Assert.Equal("a 2 200", await Curl.AskAsync("--http2", "--cacert", _authority.PemFile, $"{proxy.Address}/")), replaced.Token),
            UntilAsync(() => TalkAsync(call), replaced.Token),
            UntilAsync(() => ChatAsync(socket), replaced.Token),
        };
        await ReplaceAsync(proxy);
        await replaced.CancelAsync();

        await Task.WhenAll(clients).WaitAsync(_deadline.Token);
    }

    private static async Task UntilAsync(Func<Task> ask, CancellationToken end)
    {
        // Once more behind the last replacement.
        for (var isLast = false; !isLast;)
        {
            isLast = end.IsCancellationRequested;
            await ask();
        }
    }

    private async Task TalkAsync(AsyncDuplexStreamingCall<string, string> call)
    {
        await call.RequestStream.WriteAsync("hello", _deadline.Token);
        Assert.True(await call.ResponseStream.MoveNext(_deadline.Token));
        Assert.Equal("hello", call.ResponseStream.Current);
    }

    private async Task ChatAsync(ClientWebSocket socket)
    {
        var buffer = new byte[100];
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        var received = await socket.ReceiveAsync(buffer, _deadline.Token);
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 0, received.Count));
    }

    private async Task ReplaceAsync(ProtocolProxy proxy)
    {
        for (var number = 1; number <= Replacements; number++)
        {
            using (var certificate = _authority.Issue("127.0.0.1", "localhost"))
            {
                _authority.WritePem("listener", certificate);
            }

            await Eventually.HoldsAsync(() => proxy.Host.Logs.Records.Count(record => record.Message.Contains(" read again, it expires on ", StringComparison.Ordinal)) == number, $"certificate {number} is shown");
        }
    }

    private Task<ProtocolProxy> StartAsync(FakeDestination web, FakeDestination chat, GrpcDestination calls) => ProtocolProxy.StartAsync(_authority, "https", null, new()
    {
        ["Routes:calls:ClusterId"] = "calls",
        ["Routes:calls:Match:Path"] = "/test.Echo/{**call}",
        ["Routes:chat:ClusterId"] = "chat",
        ["Routes:chat:Match:Path"] = "/chat",
        ["Routes:rest:ClusterId"] = "web",
        ["Clusters:chat:Destinations:a:Address"] = chat.Address,
        ["Clusters:calls:Destinations:a:Address"] = calls.Address,
        ["Clusters:calls:HttpRequest:Version"] = "2",
        ["Clusters:calls:HttpRequest:VersionPolicy"] = "RequestVersionExact",
    }, web.Address);
}
