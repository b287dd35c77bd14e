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
    public static void Run(IReadOnlyList<int> ports)
    {
        var epoll = new Epoll();
        var listeners = ports.Select(Listen).ToList();
        for (var i = 0; i < listeners.Count; i++)
        {
            epoll.Watch(listeners[i], i);
        }

        // The keys of connections follow those of the listeners.
        var connections = new List<EchoConnection?>();
        while (true)
        {
            foreach (var key in epoll.Wait(Timeout.InfiniteTimeSpan))
            {
                if (key >= listeners.Count)
                {
                    var index = key - listeners.Count;
                    connections[index] = connections[index]?.OnReadable() == true ? connections[index] : null;
                    continue;
                }

                var socket = listeners[key].Accept();
                (socket.Blocking, socket.NoDelay) = (false, true);
                epoll.Watch(socket, listeners.Count + connections.Count);
                connections.Add(new EchoConnection(socket, ports[key]));
            }
        }
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

    private static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(Backlog);
        return listener;
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
