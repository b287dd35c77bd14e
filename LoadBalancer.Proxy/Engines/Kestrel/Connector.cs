using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Connects to one address.</summary>
internal delegate Task<Stream> AddressConnect(IPEndPoint address, CancellationToken cancellationToken);

/// <summary>Makes TCP connections to destinations, by name or address ("happy eyeballs", RFC 8305).</summary>
/// <remarks>
/// The addresses of a name are tried one after the other, IPv6 and IPv4 in turn. The next one starts when the one before it has failed,
/// or has not connected within <see cref="AddressLookup.AttemptDelay"/>; the first to connect wins, and the others are abandoned.
/// An address at which nobody answers therefore costs a fraction of a second, not the whole connect timeout.
/// </remarks>
internal sealed class Connector(NameLookup lookUp, AddressConnect connect, TimeProvider time)
{
    private readonly AddressLookup _lookup = new(lookUp);

    /// <summary>A connector that uses the machine's resolver and network.</summary>
    public static Connector Create(NameLookup lookUp, TimeProvider time) => new(lookUp, ConnectSocketAsync, time);

    /// <inheritdoc cref="AddressLookup.OfAsync" />
    public ValueTask<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken) => _lookup.OfAsync(host, cancellationToken);

    /// <summary>Connects to a host.</summary>
    /// <returns>The connection, and the address it goes to; <see cref="IPAddress.None"/> for the path of a socket.</returns>
    /// <exception cref="ConnectException">The name is unknown, or no address takes connections. Nothing was sent.</exception>
    public async ValueTask<(Stream Stream, IPAddress Address)> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        try
        {
            if (SocketHost.PathIn(host) is { } path)
            {
                return (await ConnectSocketAsync(new UnixDomainSocketEndPoint(path), cancellationToken), IPAddress.None);
            }

            var addresses = await LookUpAsync(host, cancellationToken);
            return addresses.Length == 1
                ? (await connect(new IPEndPoint(addresses[0], port), cancellationToken), addresses[0])
                : await RaceAsync(addresses, port, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw new ConnectException(exception.Message, exception);
        }
    }

    /// <summary>Sends what a connection begins with, and takes care of it from then on.</summary>
    /// <exception cref="ConnectException">The other side has closed it. Nothing of a request was sent.</exception>
    public static async ValueTask BeginAsync(Stream stream, byte[] header, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(header, cancellationToken);
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync();
            if (exception is IOException broken)
            {
                throw new ConnectException(broken.Message, broken);
            }

            throw;
        }
    }

    private async Task<(Stream Stream, IPAddress Address)> RaceAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<(Task<Stream> Task, IPAddress Address)>(addresses.Length);
        var next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Length)
                {
                    var address = addresses[next++];
                    running.Add((connect(new IPEndPoint(address, port), losers.Token), address));
                }

                var ended = await FirstToEndAsync(running, next < addresses.Length, losers.Token);
                if (ended < 0)
                {
                    continue;
                }

                var (task, to) = running[ended];
                running.RemoveAt(ended);
                if (task.IsCompletedSuccessfully)
                {
                    return (await task, to);
                }

                // The last to fail says why: that there is no route to IPv6 at all says less than that the IPv4 address refuses.
                if (running.Count == 0 && next == addresses.Length)
                {
                    await task;
                }
                else
                {
                    _ = task.Exception;
                }
            }
        }
        finally
        {
            await losers.CancelAsync();
            running.ForEach(loser => Abandon(loser.Task));
        }
    }

    /// <summary>Waits for an attempt to end.</summary>
    /// <returns>Its place in the list; -1 when it is time for the next address, none having ended.</returns>
    private async Task<int> FirstToEndAsync(List<(Task<Stream> Task, IPAddress Address)> running, bool moreToTry, CancellationToken cancellationToken)
    {
        using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = running.Select(attempt => (Task)attempt.Task).ToList();
        if (moreToTry)
        {
            tasks.Add(Task.Delay(AddressLookup.AttemptDelay, time, delay.Token));
        }

        var ended = await Task.WhenAny(tasks);
        await delay.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        var index = tasks.IndexOf(ended);
        return index < running.Count ? index : -1;
    }

    // One that connected all the same, a moment too late, is closed.
    private static void Abandon(Task<Stream> loser) => loser.ContinueWith(
        static ended =>
        {
            if (ended.IsCompletedSuccessfully)
            {
                ended.Result.Dispose();
            }
            else
            {
                _ = ended.Exception;
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private static async Task<Stream> ConnectSocketAsync(EndPoint address, CancellationToken cancellationToken)
    {
        var socket = address is UnixDomainSocketEndPoint
            ? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>No connection could be made.</summary>
internal sealed class ConnectException(string message, Exception inner) : IOException(message, inner);
