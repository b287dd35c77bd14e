using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Soak.Destinations;

/// <summary>A destination in a process of its own. What it does is said in lines on its input; when that ends, so does it.</summary>
internal sealed class DestinationServer(string name, TimeSpan pause, Random dice)
{
    /// <summary>The verb of the command line, which is for this program itself.</summary>
    public const string Verb = "destination";

    /// <summary>How much longer a slow answer takes.</summary>
    public const int SlowFactor = 10;

    private const int Everything = 100;
    private readonly string _body = new('x', 1024);
    private volatile string _fault = "";
    private volatile int _slowPercent;

    /// <summary>Runs one: name, port, and the milliseconds that an answer takes.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var server = new DestinationServer(args[0], TimeSpan.FromMilliseconds(int.Parse(args[2], CultureInfo.InvariantCulture)), new Random());
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, int.Parse(args[1], CultureInfo.InvariantCulture)));
        listener.Listen(1024);
        _ = server.AcceptAsync(listener);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            server.Obey(line);
        }

        return 0;
    }

    private void Obey(string line)
    {
        var slow = line.StartsWith("slow", StringComparison.Ordinal);
        _slowPercent = !slow ? 0 : int.TryParse(line.AsSpan(4), CultureInfo.InvariantCulture, out var percent) ? percent : Everything;
        _fault = slow ? "" : line;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        var buffer = new byte[16 * 1024];
        try
        {
            while (await ReadRequestAsync(socket, buffer))
            {
                if (!await AnswerAsync(socket))
                {
                    return;
                }
            }
        }
        catch (SocketException)
        {
            // The proxy closed it, which it may.
        }
    }

    // One request at a time comes on a connection: the proxy does not pipeline.
    private static async Task<bool> ReadRequestAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (count == 0)
            {
                return false;
            }

            length += count;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0 && length >= end + 4 + ContentLength(Encoding.Latin1.GetString(buffer, 0, end)))
            {
                return true;
            }
        }
    }

    private static int ContentLength(string head)
    {
        const string field = "\r\nContent-Length: ";
        var at = head.IndexOf(field, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head.AsSpan(at + field.Length).ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }

    // False when the connection is over.
    private async Task<bool> AnswerAsync(Socket socket)
    {
        switch (_fault)
        {
            case nameof(Fault.Reset):
                socket.LingerState = new LingerOption(true, 0);
                return false;
            case nameof(Fault.HalfClose):
                socket.Shutdown(SocketShutdown.Send);
                return true;
            case nameof(Fault.Garbage):
                await socket.SendAsync("nonsense\r\n\r\n"u8.ToArray());
                return false;
        }

        await Task.Delay(RollPercent() < _slowPercent ? pause * SlowFactor : pause, TimeProvider.System, CancellationToken.None);
        await socket.SendAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {_body.Length}\r\nX-Destination: {name}\r\n\r\n{_body}"));
        return true;
    }

    // Connections are served by several threads, and the dice are not made for that.
    private int RollPercent()
    {
        lock (dice)
        {
            return dice.Next(Everything);
        }
    }
}
