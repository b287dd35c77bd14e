using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The making of one connection ("happy eyeballs", RFC 8305).</summary>
/// <remarks>
/// The addresses of a name are tried one after the other. The next one starts when the one before it has failed, or has not connected within
/// <see cref="AddressLookup.AttemptDelay"/>; the first to connect wins, and the others are closed.
/// </remarks>
internal sealed class UpstreamConnect : Timed
{
    private readonly EventLoop _loop;
    private readonly UpstreamPool _pool;
    private readonly Flight _flight;
    private readonly HttpClientOptions _options;
    private readonly List<UpstreamConnection> _racing = new(1);
    private readonly int _timer;
    private long _deadline = long.MaxValue;
    private IPAddress[] _addresses = [];
    private int _next;
    private bool _isOver;
    private ConnectionPlaces? _places;
    private Seeker? _seeker;
    private bool _hasPlace;

    /// <param name="pool">Whose connection it will be.</param>
    /// <param name="flight">Who it is for.</param>
    /// <param name="options">What the operator says of connections to this destination.</param>
    public UpstreamConnect(EventLoop loop, UpstreamPool pool, Flight flight, HttpClientOptions options)
    {
        (_loop, _pool, _flight, _options) = (loop, pool, flight, options);
        _timer = loop.Timers.Rent(this);
    }

    /// <summary>Begins. It may end before this returns.</summary>
    public void Start()
    {
        if (_options.MaxConnectionsPerServer is not { } most)
        {
            Connect();
            return;
        }

        (_places, _seeker) = (_pool.Places, new Seeker(this));
        if (_hasPlace = _places.Enter(_seeker, most))
        {
            Connect();
        }
    }

    /// <summary>Gives it up.</summary>
    public void Cancel() => End(winner: null);

    /// <inheritdoc />
    public override void OnTimer()
    {
        if (_loop.Now >= _deadline)
        {
            Fail(Outcome.ConnectTimeout);
        }
        else
        {
            TryNext();
        }
    }

    /// <inheritdoc />
    public override void Abort()
    {
        End(winner: null);
        _flight.OnDefect();
    }

    /// <summary>One of the addresses has connected, or failed to.</summary>
    internal void OnEnded(UpstreamConnection connection, Errno error)
    {
        if (error == Errno.None)
        {
            _pool.OnConnected(connection);
            End(connection);
            _flight.OnConnected(connection);
            return;
        }

        _racing.Remove(connection);
        connection.Close();
        if (_next < _addresses.Length)
        {
            TryNext();
        }
        else if (_racing.Count == 0)
        {
            Fail(Outcome.ConnectFailed);
        }
    }

    // The wait for a place is not the connection's: only the time of the request bounds it.
    private void Connect()
    {
        _deadline = _loop.Now + _options.ConnectTimeout.Ticks;
        _loop.Timers.Set(_timer, EventLoop.MillisecondOf(_deadline));
        if (_pool.FixedAddress is { } address)
        {
            OnAddresses([address]);
        }
        else
        {
            _pool.LookUp(OnAddresses);
        }
    }

    // There is a place for it now, and perhaps with it a connection of this loop, which may have been closed since.
    private void OnPlace(UpstreamConnection? offered)
    {
        if (_isOver)
        {
            offered?.Close();
            _places!.Leave();
            return;
        }

        _hasPlace = true;
        if (offered is { IsOpen: true })
        {
            End(offered);
            _flight.OnConnected(offered);
        }
        else
        {
            Connect();
        }
    }

    private void OnAddresses(IPAddress[] addresses)
    {
        if (_isOver)
        {
            return;
        }

        _addresses = addresses;
        if (addresses.Length == 0)
        {
            Fail(Outcome.ConnectFailed);
        }
        else
        {
            TryNext();
        }
    }

    private void TryNext()
    {
        while (!_isOver && _next < _addresses.Length)
        {
            var address = _addresses[_next++];
            if (TryConnect(address))
            {
                var due = _next < _addresses.Length ? Math.Min(_deadline, _loop.Now + AddressLookup.AttemptDelay.Ticks) : _deadline;
                _loop.Timers.Set(_timer, EventLoop.MillisecondOf(due));
                return;
            }
        }

        if (!_isOver && _racing.Count == 0)
        {
            Fail(Outcome.ConnectFailed);
        }
    }

    // False when the address cannot be connected to at all.
    private bool TryConnect(IPAddress address)
    {
        var path = _pool.SocketPath;
        var socket = Syscalls.CreateSocket(path is null ? KernelAddress.FamilyOf(address) : KernelAddress.Unix);
        if (socket < 0)
        {
            return false;
        }

        if (path is null)
        {
            Syscalls.SetNoDelay(socket);
        }

        var connection = _pool.Create(address);
        (connection.Descriptor, connection.Connecting) = (socket, this);
        _racing.Add(connection);
        Span<byte> to = stackalloc byte[KernelAddress.MostPathLength];
        var errno = (Errno)Math.Max(0, -Syscalls.Connect(socket, path is null ? KernelAddress.Write(to[..KernelAddress.MostLength], address, _pool.Port) : KernelAddress.Write(to, path)));
        if ((errno == Errno.None || errno.IsUnderWay())
            && _loop.Watch(connection, Syscalls.EventIn | Syscalls.EventOut | Syscalls.EventPeerFinished | Syscalls.EventEdge) == Errno.None)
        {
            return true;
        }

        // Refused, unreachable, no route, no port left to connect from, not permitted: nothing was sent.
        _racing.Remove(connection);
        connection.Close();
        return false;
    }

    private void Fail(Outcome outcome)
    {
        End(winner: null);
        _flight.OnConnectFailed(outcome);
    }

    private void End(UpstreamConnection? winner)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _loop.Timers.Return(_timer);
        foreach (var connection in _racing)
        {
            connection.Connecting = null;
            if (connection != winner)
            {
                connection.Close();
            }
        }

        _racing.Clear();
        if (winner is not null && _hasPlace)
        {
            winner.Places = _places;
        }
        else if (_hasPlace)
        {
            _places!.Leave();
        }
        else if (_seeker is not null)
        {
            // Where it does not wait any more, the note that it has a place is on its way.
            _places!.Forget(_seeker);
        }
    }

    /// <summary>It, as it waits for a place.</summary>
    internal sealed class Seeker(UpstreamConnect connect) : PlaceSeeker
    {
        /// <inheritdoc />
        public override PlaceHolder Holder => connect._pool;

        /// <inheritdoc />
        public override void OnPlace() => connect._loop.Post(() => connect.OnPlace(offered: null));

        /// <summary>It has a place, and a connection of its loop.</summary>
        public void OnPlace(UpstreamConnection offered) => connect._loop.Post(() => connect.OnPlace(offered));
    }
}
