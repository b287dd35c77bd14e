using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace LoadBalancer.Proxy.Engines;

/// <summary>
/// Sockets that are bound before the web server is told to listen on them. The web server would find out too late that an address
/// cannot be listened on: it has closed the old listeners by then, and tells nobody but its log.
/// </summary>
internal sealed class ReservedSockets : IDisposable
{
    // The web server gives the requests on what it closes five seconds, and opens nothing before.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<(ListenAddress Address, EndPoint EndPoint, Socket Socket)> _sockets = [];
    private readonly Dictionary<Socket, (ListenAddress? Address, EndPoint EndPoint, int Port)> _taken = [];
    private readonly HashSet<ListenAddress> _handedOver = [];
    private readonly List<Socket> _inherited = [];
    private readonly HashSet<Socket> _shared = [];
    private readonly HashSet<Socket> _left = [];
    private bool _hasSuccessor;
    private bool _isStopped;
    private TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The sockets that the web servers listen on, as of now. What is set on one holds for the connections that are accepted from then on.</summary>
    public IReadOnlyCollection<Socket> Taken
    {
        get
        {
            lock (_lock)
            {
                return [.. _taken.Keys];
            }
        }
    }

    /// <summary>Takes sockets that another process has opened: they serve the addresses that they listen on. That one has them too, so that they must not be shut down: the accepting has to end before they are closed.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="isSuccessor">Whether the other process leaves them to this one, and with them the files of Unix-domain sockets.</param>
    public void Inherit(IEnumerable<Socket> sockets, bool isSuccessor)
    {
        lock (_lock)
        {
            foreach (var socket in sockets)
            {
                _inherited.Add(socket);
                _shared.Add(socket);
                if (isSuccessor)
                {
                    _left.Add(socket);
                }
            }
        }
    }

    /// <summary>Closes the inherited sockets that no address has taken, and says where they listened.</summary>
    public IReadOnlyList<string> ReleaseInherited()
    {
        lock (_lock)
        {
            List<string> unused = [.. _inherited.Select(socket => $"{socket.LocalEndPoint}")];
            _inherited.ForEach(End_NeedsLock);
            _inherited.Clear();
            return unused;
        }
    }

    /// <summary>The sockets that are listened on, for another process that has them too from then on. It may end before it serves: then they are as much this one's as before.</summary>
    public IReadOnlyList<Socket> GiveAway()
    {
        lock (_lock)
        {
            Socket[] all = [.. _taken.Keys, .. _sockets.Select(reserved => reserved.Socket)];
            _shared.UnionWith(all);
            return all;
        }
    }

    /// <summary>Leaves the sockets to the process that they were given to, since it serves, and with them the files of Unix-domain sockets.</summary>
    public void LeaveToSuccessor()
    {
        lock (_lock)
        {
            _hasSuccessor = true;
        }
    }

    /// <summary>Binds the sockets of an address. From then on connections to it are made, and wait for the web server.</summary>
    /// <param name="address">The address.</param>
    /// <param name="mode">The mode of the file of a Unix-domain socket; null for the usual one.</param>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    /// <exception cref="OperationCanceledException">The proxy stops.</exception>
    public void Reserve(ListenAddress address, UnixFileMode? mode = null)
    {
        var bound = new List<(ListenAddress, EndPoint, Socket)>();
        SocketException? failure = null;
        foreach (var endPoint in EndPointsOf(address))
        {
            try
            {
                bound.Add((address, endPoint, TakeInherited(endPoint) ?? Bind(endPoint, mode)));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                bound.ForEach(reserved => reserved.Item3.Dispose());
                throw;
            }
            catch (SocketException exception)
            {
                // A machine without IPv6 still has its other localhost.
                failure = exception;
            }
        }

        if (bound.Count == 0)
        {
            throw failure!;
        }

        lock (_lock)
        {
            if (!_isStopped)
            {
                _sockets.AddRange(bound);
                return;
            }
        }

        bound.ForEach(reserved => reserved.Item3.Dispose());
        throw new OperationCanceledException("The proxy stops.");
    }

    /// <summary>Closes what nobody has taken, and reserves nothing from now on: a web server that stops takes no more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        ReleaseAllBut([]);
    }

    /// <summary>
    /// The socket that was reserved for this, or else a new one, which listens; the caller closes it with <see cref="Close"/>.
    /// While one of ours still listens on the port, whose server has not come to close it yet, that is waited for.
    /// </summary>
    /// <exception cref="SocketException">None was reserved, and it cannot be listened on.</exception>
    public async ValueTask<Socket> TakeAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            Task closed;
            lock (_lock)
            {
                closed = _closed.Task;
                if (TakeReserved_NeedsLock(endPoint) is { } reserved)
                {
                    _taken.Add(reserved.Socket, (reserved.Address, endPoint, PortOf(reserved.Socket.LocalEndPoint)));
                    return reserved.Socket;
                }

                try
                {
                    if (!IsHandedOver_NeedsLock(endPoint) || patience.IsCancellationRequested)
                    {
                        var socket = Bind(endPoint, null);
                        _taken.Add(socket, (null, endPoint, PortOf(socket.LocalEndPoint)));
                        return socket;
                    }
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                    && _taken.Values.Any(taken => taken.Port == PortOf(endPoint)) && !patience.IsCancellationRequested)
                {
                }
            }

            await closed.WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Has the sockets of an address not closed when the engine that has them closes them: they stay, connections and all, for the next that takes them.</summary>
    public void HandOver(ListenAddress address)
    {
        lock (_lock)
        {
            _handedOver.Add(address);
        }
    }

    /// <summary>
    /// Whether a socket that was taken goes on elsewhere: the accepting has to end before it is closed, for a socket that is closed while it is being
    /// accepted on is shut down, and that everywhere; and what was accepted last has a moment to bring its request.
    /// </summary>
    public bool IsHandedOver(Socket socket)
    {
        lock (_lock)
        {
            return _shared.Contains(socket) || IsHandedOver_NeedsLock(socket);
        }
    }

    /// <summary>Closes a socket that was taken, or keeps it for the next that takes it.</summary>
    public void Close(Socket socket)
    {
        lock (_lock)
        {
            var stays = IsHandedOver_NeedsLock(socket);
            if (!stays)
            {
                End_NeedsLock(socket);
            }

            if (_taken.Remove(socket, out var taken))
            {
                if (stays)
                {
                    _sockets.Add((taken.Address!, taken.EndPoint, socket));
                    if (!_taken.Values.Any(other => other.Address == taken.Address))
                    {
                        _handedOver.Remove(taken.Address!);
                    }
                }

                _closed.SetResult();
                _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Closes the sockets that nobody took, but those of some addresses.</summary>
    public void ReleaseAllBut(IReadOnlyCollection<ListenAddress> addresses)
    {
        lock (_lock)
        {
            _sockets.RemoveAll(reserved =>
            {
                if (addresses.Contains(reserved.Address))
                {
                    return false;
                }

                End_NeedsLock(reserved.Socket);
                return true;
            });
        }
    }

    /// <summary>Where an address is listened on: the same that the web server makes of it.</summary>
    public static IEnumerable<EndPoint> EndPointsOf(ListenAddress address) => address.Host switch
    {
        _ when address.UnixPath is { } path => [new UnixDomainSocketEndPoint(path)],
        "*" => [new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, address.Port)],
        var host when IPAddress.TryParse(host, out var ip) => [new IPEndPoint(ip, address.Port)],
        _ => [new IPEndPoint(IPAddress.Loopback, address.Port), new IPEndPoint(IPAddress.IPv6Loopback, address.Port)],
    };

    /// <inheritdoc />
    public void Dispose() => ReleaseAllBut([]);

    // The file of a Unix-domain socket goes with the last process that listens there.
    private void End_NeedsLock(Socket socket)
    {
        var (isShared, isLeft) = (_shared.Remove(socket), _left.Remove(socket));
        if (isShared && _hasSuccessor)
        {
            BoundFile.Leave(socket);
            return;
        }

        var file = isLeft ? socket.LocalEndPoint as UnixDomainSocketEndPoint : null;
        socket.Dispose();
        if (file is not null)
        {
            File.Delete(file.ToString());
        }
    }

    private (ListenAddress Address, Socket Socket)? TakeReserved_NeedsLock(EndPoint endPoint)
    {
        var index = _sockets.FindIndex(reserved => reserved.EndPoint.Equals(endPoint));
        if (index < 0)
        {
            return null;
        }

        var found = _sockets[index];
        _sockets.RemoveAt(index);
        return (found.Address, found.Socket);
    }

    private bool IsHandedOver_NeedsLock(Socket socket) =>
        !_isStopped && _taken.TryGetValue(socket, out var taken) && taken.Address is { } address && _handedOver.Contains(address);

    // A socket for every address of a machine may be of either family.
    private Socket? TakeInherited(EndPoint endPoint)
    {
        lock (_lock)
        {
            var index = _inherited.FindIndex(socket => socket.LocalEndPoint!.Equals(endPoint)
                || (IsAny(endPoint) && IsAny(socket.LocalEndPoint) && PortOf(socket.LocalEndPoint) == PortOf(endPoint)));
            if (index < 0)
            {
                return null;
            }

            var found = _inherited[index];
            _inherited.RemoveAt(index);
            return found;
        }
    }

    private static bool IsAny(EndPoint? endPoint) => endPoint is IPEndPoint { Address: var address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    private bool IsHandedOver_NeedsLock(EndPoint endPoint) =>
        _taken.Values.Any(taken => taken.EndPoint.Equals(endPoint) && taken.Address is { } address && _handedOver.Contains(address));

    private static int PortOf(EndPoint? endPoint) => (endPoint as IPEndPoint)?.Port ?? 0;

    private static Socket Bind(EndPoint endPoint, UnixFileMode? mode)
    {
        var socket = endPoint is UnixDomainSocketEndPoint file ? BoundFile.Bind(file, mode) : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        try
        {
            // Only listening shows that nobody else does: two sockets may be bound to one address as long as neither listens. As many connections wait as the system lets.
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
