using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>Load over WebSocket, as a process of its own: each client sends its next message when it has the echo of the last.</summary>
internal static class WebSocketClients
{
    /// <summary>The first argument of the process.</summary>
    public const string Verb = "websocket-clients";

    /// <summary>How long a message is, in bytes.</summary>
    public const int MessageLength = 64;

    // How much longer than the load an echo may take before it counts as lost.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly byte[] Frame = WebSocketFrames.FromClient(Encoding.ASCII.GetBytes(new string('x', MessageLength)), [1, 2, 3, 4]);

    /// <summary>The process with this load.</summary>
    public static Launch Launch(Uri url, int clients, TimeSpan duration) => LoadProcess.Launch(
        Verb,
        url.ToString(),
        clients.ToString(CultureInfo.InvariantCulture),
        duration.TotalSeconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>Reads what the process printed.</summary>
    /// <exception cref="CompareException">It is no report.</exception>
    public static LoadReport Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<LoadReport>(output) ?? throw new CompareException("the load over WebSocket said nothing");
        }
        catch (JsonException)
        {
            throw new CompareException($"the load over WebSocket failed. It said:\n{output}");
        }
    }

    /// <summary>Is the process.</summary>
    public static void Run(Uri url, int clients, TimeSpan duration) => Console.WriteLine(JsonSerializer.Serialize(Drive(url, clients, duration)));

    private static LoadReport Drive(Uri url, int clients, TimeSpan duration)
    {
        // 1. All connections first, one after the other: to open them is not what is measured.
        var epoll = new Epoll();
        var all = Enumerable.Range(0, clients).Select(_ => Open(url)).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            epoll.Watch(all[i].Socket, i);
        }

        // 2. When the time is over, nobody sends any more; an echo that is lost is waited for no longer than some seconds.
        var (latencies, errors, waiting) = (new Latencies(), 0, all.Count);
        var started = TimeProvider.System.GetTimestamp();
        all.ForEach(client => client.Send());
        while (waiting > 0 && TimeProvider.System.GetElapsedTime(started) < duration + Grace)
        {
            foreach (var key in epoll.Wait(Grace))
            {
                var (isWhole, isBroken) = all[key].OnReadable(latencies);
                errors += isBroken ? 1 : 0;
                if (isWhole && TimeProvider.System.GetElapsedTime(started) < duration)
                {
                    all[key].Send();
                }
                else
                {
                    waiting -= isWhole || isBroken ? 1 : 0;
                }
            }
        }

        var took = TimeProvider.System.GetElapsedTime(started);
        return new LoadReport(latencies.Count, latencies.Count / took.TotalSeconds, latencies.Quantile(0.50), latencies.Quantile(0.99), errors + waiting);
    }

    private static Client Open(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Parse(url.Host), url.Port);
        socket.Send(Encoding.ASCII.GetBytes(
            $"GET {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var (answer, length) = (new byte[4096], 0);
        while (answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = socket.Receive(answer.AsSpan(length));
            length += read > 0 ? read : throw new CompareException("the connection was closed before it was upgraded");
        }

        socket.Blocking = false;
        return answer.AsSpan().StartsWith("HTTP/1.1 101 "u8)
            ? new Client(socket)
            : throw new CompareException($"the connection was not upgraded: {Encoding.ASCII.GetString(answer, 0, length)}");
    }

    private sealed class Client(Socket socket)
    {
        private readonly byte[] _echo = new byte[WebSocketFrames.ServerHead + MessageLength];
        private int _length;
        private long _sent;

        public Socket Socket => socket;

        public void Send()
        {
            (_length, _sent) = (0, TimeProvider.System.GetTimestamp());
            socket.Send(Frame, SocketFlags.None, out _);
        }

        public (bool IsWhole, bool IsBroken) OnReadable(Latencies latencies)
        {
            var read = socket.Receive(_echo.AsSpan(_length), SocketFlags.None, out var error);
            if (error is not SocketError.WouldBlock && read == 0)
            {
                socket.Dispose();
                return (false, true);
            }

            _length += read;
            if (_length < _echo.Length)
            {
                return (false, false);
            }

            latencies.Add(TimeProvider.System.GetElapsedTime(_sent));
            return (true, false);
        }
    }
}
