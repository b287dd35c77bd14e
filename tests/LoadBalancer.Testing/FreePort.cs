using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>
/// Ports of the loopback addresses that nobody has, for programs that must be told one. They are outside the range that the system gives to outgoing
/// connections: a port of that range that was free a moment ago may be one end of another test's connection by now.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Each process begins elsewhere, so that two that run at once do not take the same.
    private static int _last = Environment.ProcessId * 97;

    /// <summary>The next one, free for TCP and UDP. It is not given again before all others were.</summary>
    /// <exception cref="InvalidOperationException">None is free.</exception>
    public static int Next()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }

    /// <summary>Whether nobody has it.</summary>
    public static bool IsFree(int port) => IsFree(port, SocketType.Stream, ProtocolType.Tcp) && IsFree(port, SocketType.Dgram, ProtocolType.Udp);

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        IPAddress[] addresses = Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        return Array.TrueForAll(addresses, address =>
        {
            using var socket = new Socket(address.AddressFamily, type, protocol);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                if (type == SocketType.Stream)
                {
                    socket.Listen();
                }

                return true;
            }
            catch (SocketException exception)
            {
                // A machine may have IPv6 and no address of it.
                return exception.SocketErrorCode == SocketError.AddressNotAvailable;
            }
        });
    }
}
