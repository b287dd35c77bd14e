using System.Globalization;
using System.Net.Sockets;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>The listening sockets that systemd opened for this process, by sd_listen_fds(3): <c>LISTEN_PID</c> says that they are for it, <c>LISTEN_FDS</c> how many there are.</summary>
internal static class ActivatedSockets
{
    private const string Process = "LISTEN_PID";
    private const string Count = "LISTEN_FDS";
    private const string Names = "LISTEN_FDNAMES";
    private const int First = 3;

    /// <summary>Takes them, once: who asks again gets none, and so do programs that this one starts.</summary>
    public static IReadOnlyList<Socket> Take()
    {
        var (process, count) = (Environment.GetEnvironmentVariable(Process), Environment.GetEnvironmentVariable(Count));
        Array.ForEach([Process, Count, Names], name => Environment.SetEnvironmentVariable(name, null));
        return process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var sockets)
            ? Open([.. Enumerable.Range(First, sockets)])
            : [];
    }

    /// <summary>Sockets of descriptors that somebody else opened. What is no listening socket is closed.</summary>
    public static IReadOnlyList<Socket> Open(IReadOnlyList<int> descriptors)
    {
        var sockets = new List<Socket>();
        foreach (var descriptor in descriptors)
        {
            var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
            try
            {
                var socket = new Socket(handle);
                if (socket is { SocketType: SocketType.Stream, LocalEndPoint: not null } && IsListening(socket))
                {
                    sockets.Add(socket);
                    continue;
                }
            }
            catch (SocketException)
            {
                // A file, or a pipe.
            }

            handle.Dispose();
        }

        return sockets;
    }

    private static bool IsListening(Socket socket) => socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0;
}
