using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>The two ends of a connection over loopback.</summary>
internal static class ConnectedSockets
{
    public static (Socket Client, Socket Server) Create()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
        client.Connect(listener.LocalEndPoint!);
        return (client, listener.Accept());
    }
}
