using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>An address that somebody else listens on, until it is disposed.</summary>
public sealed class TakenAddress : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes it.</summary>
    public TakenAddress()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen();
        Url = $"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}";
    }

    /// <summary>The address.</summary>
    public string Url { get; }

    /// <summary>An address that nobody listens on.</summary>
    public static string Freed() => $"http://127.0.0.1:{FreePort.Next()}";

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
