using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>Addresses at which nobody serves.</summary>
public static class DeadAddress
{
    private static readonly ConcurrentBag<Socket> Held = [];

    /// <summary>An address that refuses connections: its port is taken, so that no other test gets it, and nobody listens on it.</summary>
    public static string Refusing()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Held.Add(socket);
        return $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
    }
}

/// <summary>An address at which connections are neither refused nor made: its queue of waiting connections is full, and nobody empties it.</summary>
public sealed class FullBacklog : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _waiting = [];

    /// <summary>Fills the queue.</summary>
    /// <param name="at">Where. Default: 127.0.0.1, at a port that is free.</param>
    public FullBacklog(IPEndPoint? at = null)
    {
        at ??= new IPEndPoint(IPAddress.Loopback, 0);
        _listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(at);
        _listener.Listen(0);
        for (var i = 0; i < 4; i++)
        {
            var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException)
            {
                // Under way, which is all that is wanted.
            }
        }
    }

    /// <summary>The address.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <inheritdoc />
    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
