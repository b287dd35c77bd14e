using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>Load over WebSocket, as a process of its own: each client sends its next message when it has the echo of the last.</summary>
internal sealed class WebSocketClients
{
    /// <summary>The first argument of the process.</summary>
    public const string Verb = "websocket-clients";

    /// <summary>How long a message is, in bytes.</summary>
    public const int MessageLength = 64;

    // How much longer than the load an echo may take before it counts as lost.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly byte[] Frame = WebSocketFrames.FromClient(Encoding.ASCII.GetBytes(new string('x', MessageLength)), [1, 2, 3, 4]);

    private readonly Latencies _latencies = new();
    private long _errors;

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
    public static async Task<int> RunAsync(Uri url, int clients, TimeSpan duration)
    {
        var report = await new WebSocketClients().DriveAsync(url, clients, duration);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(report));
        return ExitCodes.Success;
    }

    private async Task<LoadReport> DriveAsync(Uri url, int clients, TimeSpan duration)
    {
        // 1. All connections first, one after the other: to open them is not what is measured.
        var sockets = new List<Socket>();
        for (var i = 0; i < clients; i++)
        {
            sockets.Add(await OpenAsync(url));
        }

        // 2. An echo that is lost is waited for no longer than this.
        await using var giveUp = TimeProvider.System.CreateTimer(_ => sockets.ForEach(socket => socket.Dispose()), null, duration + Grace, Timeout.InfiniteTimeSpan);
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(sockets.Select(socket => TalkAsync(socket, started, duration)));
        var took = TimeProvider.System.GetElapsedTime(started);
        sockets.ForEach(socket => socket.Dispose());
        return new LoadReport(_latencies.Count, _latencies.Count / took.TotalSeconds, _latencies.Quantile(0.50), _latencies.Quantile(0.99), _errors);
    }

    private async Task TalkAsync(Socket socket, long started, TimeSpan duration)
    {
        var echo = new byte[WebSocketFrames.ServerHead + MessageLength];
        try
        {
            while (TimeProvider.System.GetElapsedTime(started) < duration)
            {
                var sent = TimeProvider.System.GetTimestamp();
                await socket.SendAsync(Frame);
                for (var length = 0; length < echo.Length;)
                {
                    var read = await socket.ReceiveAsync(echo.AsMemory(length));
                    length += read > 0 ? read : throw new IOException("it was closed");
                }

                _latencies.Add(TimeProvider.System.GetElapsedTime(sent));
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _errors);
        }
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The caller has it, or the process ends.")]
    private static async Task<Socket> OpenAsync(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(url.Host), url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var (answer, length) = (new byte[4096], 0);
        while (answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            length += read > 0 ? read : throw new IOException("The connection was closed before it was upgraded.");
        }

        return answer.AsSpan().StartsWith("HTTP/1.1 101 "u8) ? socket : throw new IOException($"The connection was not upgraded: {Encoding.ASCII.GetString(answer, 0, length)}");
    }
}
