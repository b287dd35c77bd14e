using System.Net.WebSockets;

namespace LoadBalancer.Testing;

/// <summary>Reads WebSockets by messages.</summary>
public static class WebSocketMessages
{
    /// <summary>Receives a message, in however many pieces it comes.</summary>
    public static async Task<(byte[] Bytes, WebSocketMessageType Type)> ReceiveMessageAsync(this WebSocket socket, CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                return (message.ToArray(), received.MessageType);
            }
        }
    }
}
