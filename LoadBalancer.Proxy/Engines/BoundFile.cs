using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace LoadBalancer.Proxy.Engines;

/// <summary>Binds Unix-domain sockets. The platform removes their files when they are closed.</summary>
internal static class BoundFile
{
    /// <summary>Binds one.</summary>
    /// <param name="at">Where.</param>
    /// <param name="mode">The mode of its file; null for the usual one.</param>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint at, UnixFileMode? mode)
    {
        var socket = Bind(at);
        try
        {
            // Before it listens, and anyone can connect.
            SocketFile.SetMode(at.ToString(), mode);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes a socket that goes on in another process, file and all.</summary>
    public static void Leave(Socket socket)
    {
        if (socket.LocalEndPoint is not UnixDomainSocketEndPoint)
        {
            socket.Dispose();
            return;
        }

        // The platform would remove the file with the socket, also when it is collected.
#pragma warning disable CA1816 // It is another's.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        socket.SafeHandle.Dispose();
    }

    // A program that was killed leaves the file behind, and nobody can bind there until it is gone. That nobody listens on it any more, connecting shows.
    private static Socket Bind(UnixDomainSocketEndPoint at)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(at);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse && IsLeftBehind(at))
        {
            File.Delete(at.ToString());
            return SocketTransportOptions.CreateDefaultBoundListenSocket(at);
        }
    }

    private static bool IsLeftBehind(UnixDomainSocketEndPoint at)
    {
        if (!SocketFile.IsSocket(at.ToString()))
        {
            return false;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(at);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
