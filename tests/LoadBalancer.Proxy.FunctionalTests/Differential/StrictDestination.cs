using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

namespace LoadBalancer.Proxy.FunctionalTests.Differential;

/// <summary>A destination that reads by the letter (<see cref="StrictReader"/>), answers what is clear to it, and hangs up on everything else.</summary>
internal sealed class StrictDestination : IAsyncDisposable
{
    private static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Task _accepting;

    public StrictDestination()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What has come since the last call.</summary>
    public List<Received> Take()
    {
        var all = new List<Received>();
        while (_received.TryDequeue(out var one))
        {
            all.Add(one);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var (stream, bytes) = (client.GetStream(), new List<byte>());
                while (await ReadRequestAsync(stream, bytes))
                {
                    await stream.WriteAsync(Ok, _stopping.Token);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The proxy has let go of the connection, or the test is over.
            }
        }
    }

    // False when nothing that can be answered comes any more.
    private async Task<bool> ReadRequestAsync(NetworkStream stream, List<byte> bytes)
    {
        int end;
        while ((end = EndOfHead(bytes)) < 0)
        {
            if (!await ReadMoreAsync(stream, bytes))
            {
                return false;
            }
        }

        var head = bytes.GetRange(0, end).ToArray();
        bytes.RemoveRange(0, end);
        var framing = StrictReader.FramingOf(head);
        var received = new Received(Encoding.Latin1.GetString(head), framing);
        _received.Enqueue(received);
        if (framing is null)
        {
            return false;
        }

        while (!IsWhole(framing, bytes))
        {
            if (!await ReadMoreAsync(stream, bytes))
            {
                return false;
            }
        }

        (received.Body, received.IsWhole) = (Encoding.Latin1.GetString([.. bytes]), true);
        bytes.Clear();
        return true;
    }

    private async Task<bool> ReadMoreAsync(NetworkStream stream, List<byte> bytes)
    {
        var buffer = new byte[64 * 1024];
        var read = await stream.ReadAsync(buffer, _stopping.Token);
        bytes.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }

    private static int EndOfHead(List<byte> bytes)
    {
        var at = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return at < 0 ? -1 : at + 4;
    }

    private static bool IsWhole(string framing, List<byte> bytes) => framing switch
    {
        "none" => true,
        "chunked" => StrictReader.IsChunked([.. bytes]),
        _ => bytes.Count >= long.Parse(framing, CultureInfo.InvariantCulture),
    };

    /// <summary>A request as it came.</summary>
    /// <param name="Head">Its head.</param>
    /// <param name="Framing">How its body ends; null where the head is not valid.</param>
    internal sealed record Received(string Head, string? Framing)
    {
        public string Target => Head.Split(' ').ElementAtOrDefault(1) ?? "";

        /// <summary>What came behind the head up to the end of the body, and beyond it what else was there.</summary>
        public string Body { get; set; } = "";

        public volatile bool IsWhole;
    }
}
