using System.Net;
using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The connections of one loop to one destination.</summary>
internal sealed class UpstreamPool : PlaceHolder
{
    /// <summary>How many connections without a request are kept.</summary>
    public const int MostIdle = 1024;

    // Old enough not to matter for speed, young enough that a balancer behind the name gets to choose anew.
    private const long Lifetime = 5 * TimeSpan.TicksPerMinute;

    // One that was idle for longer is looked at before a request is sent over it: the other side may have closed it in this very turn.
    private const long FreshFor = TimeSpan.TicksPerSecond;

    private readonly EventLoop _loop;
    private readonly Destination _destination;
    private readonly EventLoopServices _services;
    private readonly HashSet<IPAddress> _connectedTo = [];
    private readonly IPAddress? _address;
    private UpstreamConnection? _first;
    private UpstreamConnection? _last;
    private int _generation;
    private long _lookedUpAt;
    private bool _isLooking;
    private ConnectionPlaces? _places;

    /// <param name="loop">Whose connections they are.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="services">What all loops use.</param>
    public UpstreamPool(EventLoop loop, Destination destination, EventLoopServices services)
    {
        (_loop, _destination, _services) = (loop, destination, services);
        (Host, Port) = (destination.Address.IdnHost, destination.Address.Port);
        SocketPath = SocketHost.PathIn(Host) is { } path ? Encoding.UTF8.GetBytes(path) : null;
        _address = SocketPath is not null ? IPAddress.None : IPAddress.TryParse(Host, out var address) ? address : null;
        _lookedUpAt = UsedAt = loop.Now;
    }

    public string Host { get; }

    public int Port { get; }

    /// <summary>The path of a Unix-domain socket, where connections go to one; null where they go over the network.</summary>
    public byte[]? SocketPath { get; }

    /// <summary>The address, where the host is one; null where it is a name.</summary>
    public IPAddress? FixedAddress => _address;

    /// <summary>How many wait for a request.</summary>
    public int Idle { get; private set; }

    /// <summary>How many connections there are to this destination, where there is a limit.</summary>
    public ConnectionPlaces Places
    {
        get
        {
            if (_places is null)
            {
                _places = _services.Places.GetOrCreateValue(_destination);
                _places.Add(this);
            }

            return _places;
        }
    }

    /// <summary>How many are open or being made.</summary>
    public int Open { get; private set; }

    /// <summary>When a connection was last asked for.</summary>
    public long UsedAt { get; private set; }

    /// <summary>A connection that waits for a request; null when there is none.</summary>
    /// <param name="options">What the operator says of connections to this destination.</param>
    /// <param name="proxyHeader">The header that it is to have begun with; null for none.</param>
    public UpstreamConnection? Take(HttpClientOptions options, byte[]? proxyHeader = null)
    {
        UsedAt = _loop.Now;
        FollowName(options);
        for (var (connection, before) = (_last, _last?.Previous); connection is not null; (connection, before) = (before, before?.Previous))
        {
            if (!ReferenceEquals(connection.ProxyHeader, proxyHeader))
            {
                continue;
            }

            Forget(connection);
            if (connection.Generation == _generation && (_loop.Now - connection.IdleSince < FreshFor || ((Errno)(-Syscalls.Peek(connection.Descriptor))).IsForLater()))
            {
                return connection;
            }

            connection.Close();
        }

        return null;
    }

    /// <summary>Takes a connection back that may serve another request.</summary>
    public void Return(UpstreamConnection connection, HttpClientOptions options)
    {
        if (connection.IsReadable || !connection.Input.IsEmpty || connection.HasUnsent || connection.Generation != _generation
            || Idle >= MostIdle || _loop.Now - connection.MadeAt > Lifetime)
        {
            connection.Close();
            return;
        }

        if (connection.Places is { } places)
        {
            if (!places.Keep(this, Idle + 1, out var seeker))
            {
                connection.Close();
                return;
            }

            if (seeker is UpstreamConnect.Seeker first)
            {
                (connection.Flight, connection.Places) = (null, null);
                first.OnPlace(connection);
                return;
            }
        }

        connection.BeginIdle(_loop.Now + options.IdleTimeout.Ticks);
        (connection.Previous, connection.Next) = (_last, null);
        _ = _last is null ? _first = connection : _last.Next = connection;
        _last = connection;
        Idle++;
    }

    /// <summary>Closes those that wait for a request.</summary>
    public void CloseIdle()
    {
        while (_first is { } connection)
        {
            connection.Close();
        }
    }

    /// <summary>Nothing is left of it, and nobody asks for it any more.</summary>
    public void Drop() => _places?.Remove(this);

    /// <inheritdoc />
    public override void GiveUp() => _loop.Post(() =>
    {
        while (_first is { } connection && _places!.IsWaitedFor)
        {
            connection.Close();
        }
    });

    /// <summary>Looks the name up.</summary>
    /// <param name="found">Is called by the loop with the addresses in the order in which they are to be tried; none when the name has none, or cannot be looked up now.</param>
    public void LookUp(Action<IPAddress[]> found) => _ = LookUpAsync(found);

    /// <summary>Makes a connection that is not yet made.</summary>
    internal UpstreamConnection Create(IPAddress address)
    {
        Open++;
        return new UpstreamConnection(_loop, this, address) { Generation = _generation };
    }

    /// <summary>One was made.</summary>
    internal void OnConnected(UpstreamConnection connection) => _connectedTo.Add(connection.Address);

    internal void OnClosed() => Open--;

    /// <summary>Takes a connection out of those that wait.</summary>
    internal void Forget(UpstreamConnection connection)
    {
        _ = connection.Previous is null ? _first = connection.Next : connection.Previous.Next = connection.Next;
        _ = connection.Next is null ? _last = connection.Previous : connection.Next.Previous = connection.Previous;
        (connection.Previous, connection.Next) = (null, null);
        connection.EndIdle();
        Idle--;
        _places?.Count(this, Idle);
    }

    // When the name no longer stands for an address that there are connections to, further requests get new connections.
    // The old ones are not closed under the requests that are on them.
    private void FollowName(HttpClientOptions options)
    {
        if (_address is not null || _isLooking || _loop.Now - _lookedUpAt < options.DnsRefreshInterval.Ticks)
        {
            return;
        }

        _isLooking = true;
        LookUp(addresses =>
        {
            (_isLooking, _lookedUpAt) = (false, _loop.Now);

            // None: the name cannot be looked up now, and the connections are good all the same.
            if (addresses.Length > 0 && _connectedTo.Any(address => !addresses.Contains(address)))
            {
                _generation++;
                _connectedTo.Clear();
                CloseIdle();
            }
        });
    }

    private async Task LookUpAsync(Action<IPAddress[]> found)
    {
        IPAddress[] addresses = [];
        try
        {
            addresses = await Task.Run(() => _services.Lookup.OfAsync(Host, CancellationToken.None).AsTask());
        }
        catch (Exception)
        {
            // Unknown, or not to be looked up now: the same as having no address.
        }

        _loop.Post(() => found(addresses));
    }
}
