using System.Net.Sockets;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Finds out whether somebody listens on a port of this machine.</summary>
internal static class Listening
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    /// <summary>Waits until connections to the port are accepted.</summary>
    public static async Task UntilAcceptedAsync(int port, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!await IsAcceptedAsync(port))
        {
            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    public static async Task<bool> IsAcceptedAsync(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("localhost", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
