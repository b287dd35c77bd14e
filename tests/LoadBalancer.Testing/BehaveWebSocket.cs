using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>Destinations that speak WebSocket (RFC 6455).</summary>
public static class BehaveWebSocket
{
    /// <summary>Opens a WebSocket with the client, and hands it over.</summary>
    /// <param name="then">What is done with it. The connection ends with this.</param>
    /// <param name="protocol">The protocol that is agreed on, if any.</param>
    public static Behaviour Accept(Func<WebSocket, FakeExchange, Task> then, string? protocol = null) => async exchange =>
    {
        var agreed = protocol is null ? "" : $"Sec-WebSocket-Protocol: {protocol}\r\n";
        await exchange.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Answer(exchange.Request.Header("Sec-WebSocket-Key")!)}\r\n{agreed}\r\n");
        using var socket = WebSocket.CreateFromStream(exchange.Stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = protocol });
        await then(socket, exchange);
        exchange.Stream.Dispose();
    };

    /// <summary>Sends each message back, and closes as the client does.</summary>
    public static Behaviour Echo(string? protocol = null) => Accept(EchoAsync, protocol);

    private static async Task EchoAsync(WebSocket socket, FakeExchange exchange)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, exchange.Stopping);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, exchange.Stopping);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, exchange.Stopping);
        }
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 wants it, as a check and not for secrecy.")]
    private static string Answer(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
}
