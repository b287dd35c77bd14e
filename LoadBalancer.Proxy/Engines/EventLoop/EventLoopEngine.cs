using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The engine of Linux: HTTP/1.1 over epoll, a thread for each processor that the program may use.</summary>
internal sealed partial class EventLoopEngine : IEngine, IHostedService, IDisposable
{
    private readonly ReservedSockets _sockets;
    private readonly TimeSpan _shutdownTimeout;
    private readonly EventLoopServices _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ListenerEntry> _open = [];
    private readonly Lazy<LoopServices[]> _loops;
    private Task _opening = Task.CompletedTask;
    private IReadOnlyList<Listener> _wanted = [];
    private LimitOptions _limits = new();
    private bool _usesRings;
    private bool _isStarted;

    /// <param name="sockets">The sockets of the listeners.</param>
    /// <param name="services">What the loops use.</param>
    /// <param name="loops">How many loops there are.</param>
    /// <param name="usesRings">Whether they may use io_uring.</param>
    /// <param name="shutdownTimeout">How long a stop waits for requests.</param>
    public EventLoopEngine(ReservedSockets sockets, EventLoopServices services, int loops, bool usesRings, TimeSpan shutdownTimeout)
    {
        (_sockets, _services, _usesRings, _shutdownTimeout) = (sockets, services, usesRings, shutdownTimeout);
        _loops = new Lazy<LoopServices[]>(() => [.. Enumerable.Range(1, loops).Select(number => StartLoop($"event loop {number}"))]);
    }

    /// <inheritdoc />
    public IReadOnlyList<ServedAddress> Addresses
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Where(entry => !entry.IsClosed).Select(AddressOf).Distinct().Select(address => new ServedAddress(address, EngineKind.EventLoop))];
            }
        }
    }

    /// <summary>Is cancelled when the engine stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The loops.</summary>
    internal IReadOnlyList<LoopServices> Loops => _loops.Value;

    /// <inheritdoc />
    public void Serve(IReadOnlyList<Listener> listeners, LimitOptions limits)
    {
        lock (_lock)
        {
            (_wanted, _limits) = (listeners, limits);
            _open.ForEach(entry => (entry.Listener, entry.Limits) = (listeners.FirstOrDefault(entry.Listener.IsSameAs, entry.Listener), limits));
            if (_isStarted)
            {
                Follow_NeedsLock();
            }
        }
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isStarted = true;
            Follow_NeedsLock();
            return _opening;
        }
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Counted from here, as the host counts its own time: until the listeners are closed, some of it may pass.
        var closeTunnelsAt = _services.Time.MonotonicTicks() + TunnelEnd.ToldAfter(_shutdownTimeout).Ticks;
        Task[] closing;
        lock (_lock)
        {
            if (!_isStarted)
            {
                return;
            }

            _wanted = [];
            closing = [.. _open.Select(entry => entry.Closed)];
            Follow_NeedsLock();
        }

        await _stopping.CancelAsync();
        await _opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_loops.IsValueCreated)
        {
            return;
        }

        // What was waiting to be accepted is served too.
        await Task.WhenAll(closing).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Array.ForEach(_loops.Value, loop => loop.Loop.Post(() => loop.BeginStop(closeTunnelsAt)));
        await Task.WhenAll(_loops.Value.Select(loop => loop.Drained)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Array.ForEach(_loops.Value, loop => loop.Loop.Post(loop.AbortAll));
        Array.ForEach(_loops.Value, loop => loop.Loop.Stop());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            Array.ForEach(_loops.Value, loop => loop.Loop.Dispose());
        }

        _stopping.Dispose();
    }

    /// <summary>A loop has accepted a connection. It goes to the loop that has the fewest, where that one has notably fewer.</summary>
    internal void Adopt(LoopServices by, ListenerEntry entry, int socket, ClientText client)
    {
        const int slack = 2;
        var to = by;
        foreach (var loop in _loops.Value)
        {
            to = loop.Connections < to.Connections ? loop : to;
        }

        if (by.Connections - to.Connections <= slack)
        {
            to = by;
        }

        to.Count(1);
        _services.Budget.Opened();
        if (to == by)
        {
            Begin(to, entry, socket, client);
        }
        else
        {
            to.Loop.Post(() => Begin(to, entry, socket, client));
        }
    }

    /// <summary>The last loop has let go of a listener.</summary>
    internal void OnClosed(ListenerEntry entry)
    {
        lock (_lock)
        {
            _open.Remove(entry);
        }

        _sockets.Close(entry.Socket);
        entry.OnClosed();
    }

    private static void Begin(LoopServices loop, ListenerEntry entry, int socket, ClientText client)
    {
        var connection = new DownstreamConnection(loop, entry, client, entry.Limits) { Descriptor = socket };
        connection.Begin();
        if (loop.Loop.Watch(connection, Syscalls.EventIn | Syscalls.EventOut | Syscalls.EventPeerFinished | Syscalls.EventEdge) != Errno.None)
        {
            connection.Abort();
        }
    }

    private LoopServices StartLoop(string name)
    {
        var loop = new LoopServices(new EventLoop(name, _services.Time, _services.Logger, CreateRing()), _services);
        loop.Loop.Start();
        return loop;
    }

    // What the system does not let the first have, it would not let the others have either.
    private SubmissionRing? CreateRing()
    {
        if (!_usesRings)
        {
            return null;
        }

        var ring = SubmissionRing.TryCreate(out var reason);
        if (ring is null)
        {
            _usesRings = false;
            Log.NoRing(_services.Logger, reason.Text());
        }

        return ring;
    }

    private static string AddressOf(ListenerEntry entry)
    {
        if (entry.Socket.LocalEndPoint is not IPEndPoint endPoint)
        {
            return entry.Listener.Address.ToString();
        }

        var host = entry.Listener.Address.Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? $"http://localhost:{endPoint.Port}" : $"http://{endPoint}";
    }

    // What is reserved is taken at once; what must first be closed elsewhere, when that has happened.
    private void Follow_NeedsLock()
    {
        foreach (var entry in _open.Where(entry => !entry.IsClosed && !_wanted.Any(entry.Listener.IsSameAs)))
        {
            Close(entry);
        }

        var added = _wanted.Where(listener => !_open.Any(entry => !entry.IsClosed && entry.Listener.IsSameAs(listener))).ToList();
        if (added.Count > 0)
        {
            _opening = OpenAsync(_opening, added);
        }
    }

    private async Task OpenAsync(Task before, List<Listener> listeners)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var listener in listeners)
        {
            foreach (var endPoint in ReservedSockets.EndPointsOf(listener.Address))
            {
                try
                {
                    Open(listener, await _sockets.TakeAsync(endPoint, _stopping.Token));
                }
                catch (SocketException exception)
                {
                    // A machine without IPv6 still has its other localhost. Everything else was found out when it was reserved.
                    Log.NotOpened(_services.Logger, listener.Address.ToString(), exception.Message);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private void Open(Listener listener, Socket socket)
    {
        var entry = new ListenerEntry(listener, socket);
        Syscalls.SetNonBlocking(entry.Descriptor);

        if (socket.AddressFamily != AddressFamily.Unix)
        {
            // Connections have it from the socket that they are accepted on, without a call for each.
            socket.NoDelay = true;
        }

        lock (_lock)
        {
            if (_wanted.FirstOrDefault(listener.IsSameAs) is not { } wanted)
            {
                _sockets.Close(socket);
                return;
            }

            (entry.Listener, entry.Limits) = (wanted, _limits);
            _open.Add(entry);
            foreach (var loop in _loops.Value)
            {
                entry.Enter();
                loop.Loop.Post(() => loop.Open(new ListeningSocket(loop, this, entry)));
            }
        }
    }

    private void Close(ListenerEntry entry)
    {
        entry.IsClosed = true;
        foreach (var loop in _loops.Value)
        {
            loop.Loop.Post(() => loop.Close(entry));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "cannot listen on {Address}: {Reason}")]
        public static partial void NotOpened(ILogger logger, string address, string reason);

        [LoggerMessage(2, LogLevel.Information, "no io_uring ({Reason}): event loops make a system call for each receive and send")]
        public static partial void NoRing(ILogger logger, string reason);
    }
}
