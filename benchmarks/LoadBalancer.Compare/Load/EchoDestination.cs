using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>Destinations that send back every message over WebSocket, as a process of its own. Other requests it answers as the nginx of the other scenarios does.</summary>
internal static class EchoDestination
{
    /// <summary>The first argument of the process.</summary>
    public const string Verb = "echo-destination";

    private const int Backlog = 4096;

    /// <summary>The process with destinations on these ports.</summary>
    public static Launch Launch(IEnumerable<int> ports) => LoadProcess.Launch([Verb, .. ports.Select(port => port.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>Is the process, until it is ended.</summary>
    public static async Task<int> RunAsync(IEnumerable<int> ports)
    {
        await Task.WhenAll(ports.Select(ListenAsync));
        return ExitCodes.Success;
    }

    /// <summary>Answers a request.</summary>
    /// <param name="head">Its head, up to the empty line.</param>
    /// <param name="port">Where it came.</param>
    /// <returns>The head and the body of the answer, and what becomes of the connection.</returns>
    public static (string Answer, After After) Answer(string head, int port)
    {
        var lines = head.Split("\r\n");
        if (Field(lines, "Upgrade").Equals("websocket", StringComparison.OrdinalIgnoreCase))
        {
            return ($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {Accept(Field(lines, "Sec-WebSocket-Key"))}\r\n\r\n", After.Echo);
        }

        var body = lines[0].Split(' ')[1] == Destinations.EchoPath ? $"{port}|{Field(lines, "X-Forwarded-For")}|{Field(lines, "Via")}" : "";
        var isLast = lines[0].EndsWith("HTTP/1.0", StringComparison.Ordinal) || Field(lines, "Connection").Equals("close", StringComparison.OrdinalIgnoreCase);
        return ($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}", isLast ? After.Close : After.Next);
    }

    private static string Field(string[] lines, string name) =>
        Array.Find(lines, line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? "";

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6455, section 4.2.2, has no other; it keeps no secret.")]
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes($"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    private static async Task ListenAsync(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start(Backlog);
        while (true)
        {
            _ = ServeAsync(await listener.AcceptSocketAsync(), port);
        }
    }

    private static async Task ServeAsync(Socket socket, int port)
    {
        using var _ = socket;
        socket.NoDelay = true;
        var (buffer, length) = (new byte[16 * 1024], 0);
        try
        {
            for (var after = After.Next; after == After.Next;)
            {
                int end;
                while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
                {
                    var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                    length += read > 0 ? read : throw new IOException("The proxy has closed the connection.");
                }

                (var answer, after) = Answer(Encoding.ASCII.GetString(buffer, 0, end), port);
                await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
                length = Drop(buffer, end + 4, length);
                if (after == After.Echo)
                {
                    await EchoAsync(socket, buffer, length);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or FormatException)
        {
            // Proxies close connections when they like.
        }
    }

    private static async Task EchoAsync(Socket socket, byte[] buffer, int length)
    {
        var answers = new byte[buffer.Length];
        while (true)
        {
            var (taken, toSend) = WebSocketFrames.Echo(buffer.AsSpan(0, length), answers);
            length = Drop(buffer, taken, length);
            if (toSend > 0)
            {
                await socket.SendAsync(answers.AsMemory(0, toSend));
            }

            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            length += read > 0 ? read : throw new IOException("The proxy has closed the connection.");
        }
    }

    private static int Drop(byte[] buffer, int count, int length)
    {
        buffer.AsSpan(count, length - count).CopyTo(buffer);
        return length - count;
    }
}

/// <summary>What becomes of a connection after an answer.</summary>
internal enum After
{
    /// <summary>It takes another request.</summary>
    Next,

    /// <summary>It is closed.</summary>
    Close,

    /// <summary>What comes is sent back.</summary>
    Echo,
}
