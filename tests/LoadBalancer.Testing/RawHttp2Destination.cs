using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>What an HTTP/2 destination does with one request.</summary>
public delegate Task Http2Behaviour(RawHttp2Exchange exchange);

/// <summary>
/// A destination that speaks HTTP/2 in plain text with prior knowledge (RFC 9113), frame by frame, right or wrong.
/// It reads no header fields: what it does, it does with the requests in the order in which they come.
/// </summary>
public sealed class RawHttp2Destination : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Http2Behaviour> _next = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly Http2Behaviour _usual;
    private int _connections;
    private int _requests;
    private int _pings;

    /// <summary>Starts a destination.</summary>
    /// <param name="usual">What it does with a request for which nothing special is said.</param>
    public RawHttp2Destination(Http2Behaviour? usual = null)
    {
        _usual = usual ?? (exchange => exchange.SendHeadAsync(200, isLast: true));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _running.Add(AcceptAsync());
    }

    /// <summary>Where it listens.</summary>
    public string Address => $"http://{_listener.LocalEndPoint}";

    /// <summary>How many connections were made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many requests came.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many pings came.</summary>
    public int Pings => Volatile.Read(ref _pings);

    /// <summary>Whether it answers pings.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Says what is done with the next request; said several times, with those after it.</summary>
    public RawHttp2Destination Next(params ReadOnlySpan<Http2Behaviour> behaviours)
    {
        foreach (var behaviour in behaviours)
        {
            _next.Enqueue(behaviour);
        }

        return this;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_running).InTime();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;
                Interlocked.Increment(ref _connections);
                _running.Add(ServeAsync(socket));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var connection = new Http2FrameConnection(socket, _stopping.Token);
        var exchanges = new Dictionary<int, RawHttp2Exchange>();
        try
        {
            await connection.BeginAsync();
            while (await connection.ReadFrameAsync() is { } frame)
            {
                switch (frame.Type)
                {
                    case Http2Frame.Headers:
                        Interlocked.Increment(ref _requests);
                        var behaviour = _next.TryDequeue(out var special) ? special : _usual;
                        var exchange = exchanges[frame.Stream] = new RawHttp2Exchange(connection, socket, frame.Stream, _stopping.Token);
                        exchange.Received(frame);
                        _running.Add(RunAsync(behaviour, exchange));
                        break;
                    case Http2Frame.Data or Http2Frame.Reset:
                        exchanges.GetValueOrDefault(frame.Stream)?.Received(frame);
                        break;
                    case Http2Frame.Settings when !frame.IsAck:
                        await connection.SendAsync(Http2Frame.Settings, Http2Frame.Ack, 0, []);
                        break;
                    case Http2Frame.Ping when !frame.IsAck:
                        Interlocked.Increment(ref _pings);
                        if (AnswersPings)
                        {
                            await connection.SendAsync(Http2Frame.Ping, Http2Frame.Ack, 0, frame.Payload);
                        }

                        break;
                }
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The proxy went away, or the test ended.
        }

        foreach (var exchange in exchanges.Values)
        {
            exchange.Lose();
        }
    }

    private static async Task RunAsync(Http2Behaviour behaviour, RawHttp2Exchange exchange)
    {
        try
        {
            await behaviour(exchange);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The behaviour ended with its connection.
        }
    }

    private static bool IsEnd(Exception exception) => exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException;
}

/// <summary>A request, and the stream to answer it on.</summary>
public sealed class RawHttp2Exchange(Http2FrameConnection connection, Socket socket, int stream, CancellationToken stopping)
{
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _body = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends waits when the destination is stopped.</summary>
    public CancellationToken Stopping => stopping;

    /// <summary>Ends when the other side has reset the stream, or the connection is gone.</summary>
    public Task Lost => _lost.Task.WaitAsync(stopping);

    /// <summary>Waits until this many bytes of the body have come.</summary>
    public async Task<string> WaitForBodyAsync(int length)
    {
        while (true)
        {
            var moved = _moved.Task;
            lock (_body)
            {
                if (_body.Length >= length)
                {
                    return _body.ToString();
                }
            }

            await moved.WaitAsync(stopping);
        }
    }

    /// <summary>Sends the head of an answer.</summary>
    public Task SendHeadAsync(int status, bool isLast, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var block = new MemoryStream();
        WriteField(block, [0x08], status.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in fields)
        {
            WriteField(block, [0x00, (byte)name.Length, .. Encoding.Latin1.GetBytes(name)], value);
        }

        return connection.SendAsync(Http2Frame.Headers, (byte)(Http2Frame.EndHeaders | (isLast ? Http2Frame.EndStream : 0)), stream, block.ToArray());
    }

    /// <summary>Sends a piece of the body.</summary>
    public Task SendDataAsync(string text, bool isLast) => connection.SendAsync(Http2Frame.Data, isLast ? Http2Frame.EndStream : (byte)0, stream, Encoding.Latin1.GetBytes(text));

    /// <summary>Resets the stream.</summary>
    /// <param name="code">Why: 0 is "no error", 2 "internal error", 7 "refused", 13 "use HTTP/1.1" (RFC 9113, 7).</param>
    public Task ResetAsync(int code)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, code);
        return connection.SendAsync(Http2Frame.Reset, 0, stream, payload);
    }

    /// <summary>Ends the whole connection with a TCP reset.</summary>
    public void ResetConnection()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    internal void Received(Http2Frame frame)
    {
        TaskCompletionSource moved;
        lock (_body)
        {
            if (frame.Type == Http2Frame.Data)
            {
                _body.Append(Encoding.Latin1.GetString(frame.Payload));
            }

            (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        moved.SetResult();
        if (frame.Type == Http2Frame.Reset)
        {
            Lose();
        }
    }

    internal void Lose() => _lost.TrySetResult();

    // Literal without indexing and without compression: the name is given as it is to be written (RFC 7541, 6.2.2).
    private static void WriteField(MemoryStream block, byte[] name, string value)
    {
        block.Write(name);
        block.WriteByte((byte)value.Length);
        block.Write(Encoding.Latin1.GetBytes(value));
    }
}
