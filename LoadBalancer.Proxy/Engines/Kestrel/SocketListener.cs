using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Listens for the web server on the sockets that were reserved for it.</summary>
/// <remarks>
/// In place of the transport's own: without a descriptor to spare, that one asks again at once, for ever and in silence,
/// and it takes connections until none is left for those to destinations.
/// </remarks>
internal sealed class SocketListenerFactory(ReservedSockets sockets, ConnectionBudget budget, IMemoryPoolFactory<byte> pools, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly ILogger _logger = loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets");

    /// <inheritdoc />
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is NoEndPoint)
        {
            return new NoListener(endpoint);
        }

        Socket socket;
        try
        {
            socket = await sockets.TakeAsync(endpoint, cancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        var options = new SocketConnectionFactoryOptions();
        UsePools(options, pools);
        return new SocketListener(socket, sockets, budget, new SocketConnectionContextFactory(options, _logger));
    }

    // By itself the factory takes memory from the shared pool of arrays, which has none for more than a few connections at a time and makes new arrays.
    // That cost a seventh of all the CPU time of large answers. There is no public way.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void UsePools(SocketConnectionFactoryOptions options, IMemoryPoolFactory<byte> pools);
}

/// <summary>A socket that the web server accepts on, as long as the budget has places.</summary>
internal sealed class SocketListener(
    Socket socket, ReservedSockets sockets, ConnectionBudget budget, SocketConnectionContextFactory connections) : IConnectionListener
{
    private static readonly TimeSpan HandOverGrace = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _unbound = new();
    private int _isUnbound;

    /// <inheritdoc />
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <inheritdoc />
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await budget.EnterAsync(_unbound.Token);
            try
            {
                return Open(await AcceptSocketAsync());
            }
            catch
            {
                budget.Leave();
                throw;
            }
        }
        catch (OperationCanceledException)
        {
            // Unbound: this is how the server is told that nothing more will come.
            return null;
        }
    }

    /// <inheritdoc />
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isUnbound, 1) != 0)
        {
            // The server does it twice, and another engine may have the socket by then.
            return;
        }

        if (sockets.IsHandedOver(socket))
        {
            // The accepting first: whoever takes the socket then is to find it free.
            await _unbound.CancelAsync();
            sockets.Close(socket);

            // The server closes at once what has no request, and what it has accepted last has had no time to bring one.
            await Task.Delay(HandOverGrace, TimeProvider.System, CancellationToken.None);
            return;
        }

        // The socket first: a connection that came in between would be waiting for nobody.
        sockets.Close(socket);
        await _unbound.CancelAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        connections.Dispose();
    }

    private CountedConnection Open(Socket accepted)
    {
        var connection = connections.Create(accepted);
        if (connection.RemoteEndPoint is IPEndPoint { Address: { IsIPv4MappedToIPv6: true } mapped } client)
        {
            // Once for all requests of the connection: the address also keeps the text that each of them is sent on with.
            connection.RemoteEndPoint = new IPEndPoint(mapped.MapToIPv4(), client.Port);
        }

        budget.Opened();
        return new CountedConnection(connection, budget);
    }

    private async ValueTask<Socket> AcceptSocketAsync()
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await socket.AcceptAsync(_unbound.Token);
                if (accepted.AddressFamily != AddressFamily.Unix)
                {
                    accepted.NoDelay = true;
                }

                return accepted;
            }
            catch (ObjectDisposedException)
            {
                throw new OperationCanceledException();
            }
            catch (SocketException exception)
            {
                accepted?.Dispose();
                switch (exception.SocketErrorCode)
                {
                    case SocketError.OperationAborted:
                        throw new OperationCanceledException();
                    case SocketError.ConnectionReset or SocketError.ConnectionAborted:
                        // It broke while it waited to be accepted: the next one.
                        break;
                    default:
                        await budget.PauseAsync(exception.Message, _unbound.Token);
                        break;
                }
            }
        }
    }
}

/// <summary>Stands for a listener where there is none: a web server without one would choose one by itself.</summary>
internal sealed class NoEndPoint : EndPoint
{
    /// <inheritdoc />
    public override string ToString() => "none";
}

/// <summary>Accepts nothing.</summary>
internal sealed class NoListener(EndPoint endPoint) : IConnectionListener
{
    private readonly TaskCompletionSource<ConnectionContext?> _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc />
    public EndPoint EndPoint => endPoint;

    /// <inheritdoc />
    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_unbound.Task);

    /// <inheritdoc />
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound.TrySetResult(null);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => UnbindAsync();
}
