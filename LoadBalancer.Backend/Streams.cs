using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace LoadBalancer.Backend;

/// <summary>Bodies of any length, up and down, server-sent events and a WebSocket. Memory stays constant whatever the length.</summary>
internal static class StreamsExtensions
{
    private static readonly byte[] Block = CreateBlock();

    public static void MapStreams(this WebApplication app, string name)
    {
        app.MapMethods("/bytes/{n:long:min(0)}", [HttpMethods.Get, HttpMethods.Head], SendBytesAsync);
        app.Map("/upload", async (HttpRequest request, CancellationToken aborted) =>
            (await request.BodyReader.CountAsync(_ => { }, aborted)).ToString(CultureInfo.InvariantCulture));
        app.MapGet("/sse", (TimeProvider time, CancellationToken aborted, int count = 3, int interval = 1000) =>
            TypedResults.ServerSentEvents(EventsAsync(name, count, TimeSpan.FromMilliseconds(interval), time, aborted)));
        app.Map("/ws", EchoWebSocketAsync);
    }

    /// <summary>Reads to the end, shows each piece to <paramref name="look"/>, and returns the length in bytes.</summary>
    public static async Task<long> CountAsync(this PipeReader reader, SpanAction look, CancellationToken aborted)
    {
        for (var length = 0L; ;)
        {
            var read = await reader.ReadAsync(aborted);
            foreach (var piece in read.Buffer)
            {
                look(piece.Span);
            }

            length += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return length;
            }
        }
    }

    private static async Task SendBytesAsync(HttpContext context, long n)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = n;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        for (var left = n; left > 0; left -= Block.Length)
        {
            var block = Block.AsMemory(0, (int)Math.Min(left, Block.Length));
            await context.Response.BodyWriter.WriteAsync(block, context.RequestAborted);
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        string name, int count, TimeSpan interval, TimeProvider time, [EnumeratorCancellation] CancellationToken aborted)
    {
        for (var n = 1; n <= count; n++)
        {
            if (n > 1)
            {
                await Task.Delay(interval, time, aborted);
            }

            yield return new SseItem<string>($"event {n} from {name}") { EventId = n.ToString(CultureInfo.InvariantCulture) };
        }
    }

    // Each frame goes back as it came: the same kind, the same end-of-message mark.
    private static async Task EchoWebSocketAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket";
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var buffer = MemoryPool<byte>.Shared.Rent(16 * 1024);
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.Memory, context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.Empty, socket.CloseStatusDescription, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.Memory[..received.Count], received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
    }

    // Letters, so that a terminal survives it.
    private static byte[] CreateBlock()
    {
        var block = new byte[64 * 1024];
        for (var i = 0; i < block.Length; i++)
        {
            block[i] = (byte)('a' + (i % 26));
        }

        return block;
    }
}

/// <summary>Looks at one piece of a body.</summary>
internal delegate void SpanAction(ReadOnlySpan<byte> piece);
