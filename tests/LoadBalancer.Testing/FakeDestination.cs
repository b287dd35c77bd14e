using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;

namespace LoadBalancer.Testing;

/// <summary>A destination at the level of bytes: it does with each request what the test says, right or wrong, and remembers what it got.</summary>
public sealed class FakeDestination : IAsyncDisposable
{
    private readonly ConcurrentQueue<Behaviour> _next = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private readonly ConcurrentQueue<string> _proxyHeaders = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Behaviour _usual;
    private readonly FakeTls? _tls;
    private readonly IPEndPoint _endPoint;
    private Socket _listener;
    private CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;
    private int _connectionCount;

    /// <summary>Starts a destination.</summary>
    /// <param name="usual">What it does with a request for which nothing special is said.</param>
    /// <param name="tls">How it does TLS; without, it does none.</param>
    /// <param name="at">Where it listens. Default: 127.0.0.1, at a port that is free.</param>
    public FakeDestination(Behaviour? usual = null, FakeTls? tls = null, IPEndPoint? at = null)
    {
        _usual = usual ?? Behave.Ok("ok");
        _tls = tls;
        _listener = Bind(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _endPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Listen();
    }

    /// <summary>Where it listens, as <c>http://127.0.0.1:port</c>.</summary>
    public string Address => AddressAs(_endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{_endPoint.Address}]" : _endPoint.Address.ToString());

    /// <summary>The port that it listens at.</summary>
    public int Port => _endPoint.Port;

    /// <summary>The requests that came, in the order of their heads. Probes for <see cref="HealthPath"/> are not among them.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>How many connections were made.</summary>
    public int Connections => Volatile.Read(ref _connectionCount);

    /// <summary>How many of them are open.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>Whether each connection must begin with a header of the PROXY protocol; one that does not is closed.</summary>
    public bool ReadsProxyHeaders { get; set; }

    /// <summary>The headers that connections began with, whatever came on them, or what was wrong with them.</summary>
    public IReadOnlyCollection<string> ProxyHeaders => _proxyHeaders;

    /// <summary>What requests for this path get is <see cref="Health"/>, and they are not remembered.</summary>
    public string HealthPath { get; init; } = "/health";

    /// <summary>What a probe gets.</summary>
    public Behaviour Health { get; set; } = Behave.Ok("Healthy");

    /// <summary>Where it listens, under another name.</summary>
    public string AddressAs(string host) => $"{(_tls is null ? "http" : "https")}://{host}:{Port}";

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
        _listener = Bind(_endPoint);
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

    private static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(endPoint);
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
            await using var transport = new NetworkStream(socket, ownsSocket: true);
            var header = ReadsProxyHeaders ? await ReadProxyHeaderAsync(transport, stopping) : null;
            await using var stream = await OpenAsync(transport, stopping);
            var reader = new HttpReader(stream);
            while (await reader.ReadHeadAsync(stopping) is { } head)
            {
                var request = new FakeRequest(head, number, reader) { ProxyHeader = header };
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
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException or WebSocketException or AuthenticationException or InvalidDataException)
        {
            // The proxy went away, the test ended, or the behaviour closed the connection. Each is a way for a connection to end.
        }
        finally
        {
            _connections.TryRemove(socket, out _);
        }
    }

    private async Task<string> ReadProxyHeaderAsync(Stream transport, CancellationToken stopping)
    {
        try
        {
            var header = await StrictProxyHeader.ReadAsync(transport, stopping);
            _proxyHeaders.Enqueue(header);
            return header;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            _proxyHeaders.Enqueue(exception.Message);
            throw;
        }
    }

    private async Task<Stream> OpenAsync(Stream transport, CancellationToken stopping)
    {
        if (_tls is null)
        {
            return transport;
        }

        var stream = new SslStream(transport);
        await stream.AuthenticateAsServerAsync(
            (_, hello, _, _) => ValueTask.FromResult(_tls.Began(hello.ServerName)),
            null,
            stopping);
        return stream;
    }
}
