using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>A destination at the level of bytes: it does with each request what the test says, right or wrong, and remembers what it got.</summary>
public sealed class FakeDestination : IAsyncDisposable
{
    private readonly ConcurrentQueue<Behaviour> _next = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Behaviour _usual;
    private readonly int _port;
    private Socket _listener;
    private CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;
    private int _connectionCount;

    /// <summary>Starts a destination.</summary>
    /// <param name="usual">What it does with a request for which nothing special is said.</param>
    public FakeDestination(Behaviour? usual = null)
    {
        _usual = usual ?? Behave.Ok("ok");
        _listener = Bind(0);
        _port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Listen();
    }

    /// <summary>Where it listens, as <c>http://127.0.0.1:port</c>.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>The requests that came, in the order of their heads. Probes for <see cref="HealthPath"/> are not among them.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>How many connections were made.</summary>
    public int Connections => Volatile.Read(ref _connectionCount);

    /// <summary>What requests for this path get is <see cref="Health"/>, and they are not remembered.</summary>
    public string HealthPath { get; init; } = "/health";

    /// <summary>What a probe gets.</summary>
    public Behaviour Health { get; set; } = Behave.Ok("Healthy");

    /// <summary>Says what is done with the next request; said several times, with those after it.</summary>
    public FakeDestination Next(params ReadOnlySpan<Behaviour> behaviours)
    {
        foreach (var behaviour in behaviours)
        {
            _next.Enqueue(behaviour);
        }

        return this;
    }

    /// <summary>Waits until this many requests have come.</summary>
    public async Task<FakeRequest> WaitForRequestAsync(int count = 1)
    {
        await Eventually.HoldsAsync(() => _requests.Count >= count, $"{Address} got {count} requests");
        return _requests.ElementAt(count - 1);
    }

    /// <summary>Closes every connection, and refuses new ones. The port stays taken, so that no other test gets it.</summary>
    public async Task StopAsync()
    {
        _listener.Dispose();
        _listener = Bind(_port);
        await _stopping.CancelAsync();
        foreach (var socket in _connections.Keys)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_connections.Values.Append(_accepting)).InTime();
    }

    /// <summary>Takes connections again.</summary>
    public void Restart()
    {
        _stopping.Dispose();
        _stopping = new CancellationTokenSource();
        Listen();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Listen()
    {
        _listener.Listen(512);
        _accepting = AcceptAsync(_listener, _stopping.Token);
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(stopping);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            var number = Interlocked.Increment(ref _connectionCount);
            _connections[socket] = ServeAsync(socket, number, stopping);
        }
    }

    private async Task ServeAsync(Socket socket, int number, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            var reader = new HttpReader(stream);
            while (await reader.ReadHeadAsync(stopping) is { } head)
            {
                var request = new FakeRequest(head, number, reader);
                var behaviour = _usual;
                if (request.Target.Split('?')[0] == HealthPath)
                {
                    behaviour = Health;
                }
                else
                {
                    _requests.Enqueue(request);
                    behaviour = _next.TryDequeue(out var special) ? special : _usual;
                }

                await behaviour(new FakeExchange(request, socket, stream, stopping));
                await request.ReadBodyAsync(stopping);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException or WebSocketException)
        {
            // The proxy went away, the test ended, or the behaviour closed the connection. Each is a way for a connection to end.
        }
        finally
        {
            _connections.TryRemove(socket, out _);
        }
    }
}

/// <summary>What a destination does with one request.</summary>
public delegate Task Behaviour(FakeExchange exchange);

/// <summary>A request as a destination got it.</summary>
/// <param name="Head">The request line and the header lines.</param>
/// <param name="Connection">The number of the connection it came on, from 1.</param>
/// <param name="Reader">Reads the body.</param>
public sealed record FakeRequest(IReadOnlyList<string> Head, int Connection, HttpReader Reader)
{
    private byte[]? _body;

    /// <summary>The method.</summary>
    public string Method => Head[0].Split(' ')[0];

    /// <summary>The target, as it came.</summary>
    public string Target => Head[0].Split(' ')[1];

    /// <summary>The body, once it has been read.</summary>
    public string Body => Encoding.Latin1.GetString(_body ?? []);

    /// <summary>Whether the body has been read to its end.</summary>
    public bool IsBodyRead => _body is not null;

    /// <summary>The value of the only header line of this name, or null when there is none.</summary>
    public string? Header(string name) => Headers(name).SingleOrDefault();

    /// <summary>The values of the header lines of this name, in order.</summary>
    public IEnumerable<string> Headers(string name) => RawAnswer.Values(Head.Skip(1), name);

    /// <summary>Reads the body to its end, once.</summary>
    public async Task<byte[]> ReadBodyAsync(CancellationToken cancellationToken)
    {
        if (_body is not null)
        {
            return _body;
        }

        if (Header("Transfer-Encoding") == "chunked")
        {
            var body = new MemoryStream();
            while (await Reader.ReadChunkAsync(cancellationToken) is { Length: > 0 } chunk)
            {
                body.Write(chunk);
            }

            await Reader.ReadTrailersAsync(cancellationToken);
            return _body = body.ToArray();
        }

        var length = Header("Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        return _body = await Reader.ReadExactlyAsync(length, cancellationToken);
    }
}

/// <summary>A request and the connection to answer it on.</summary>
/// <param name="Request">The request; its body has not been read.</param>
/// <param name="Socket">The connection.</param>
/// <param name="Stream">The connection, as a stream.</param>
/// <param name="Stopping">Ends waits when the destination is stopped.</param>
public sealed record FakeExchange(FakeRequest Request, Socket Socket, Stream Stream, CancellationToken Stopping)
{
    /// <summary>Sends text, every character one byte.</summary>
    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), Stopping);

    /// <summary>Waits until the other side closes the connection, whether cleanly or with a reset. What it sends before is thrown away.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            var thrownAway = new byte[64 * 1024];
            while (await Stream.ReadAsync(thrownAway, Stopping) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset.
        }
    }

    /// <summary>Reads this many bytes of the request as text.</summary>
    public async Task<string> ReadTextAsync(int count) => Encoding.Latin1.GetString(await Request.Reader.ReadExactlyAsync(count, Stopping));

    /// <summary>Reads a chunk of the request as text.</summary>
    public async Task<string> ReadChunkAsync() => Encoding.Latin1.GetString(await Request.Reader.ReadChunkAsync(Stopping));

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }
}
