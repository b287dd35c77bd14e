using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>Waits for what will come true, and says what did not.</summary>
public static class Eventually
{
    /// <summary>How long anything is waited for before the test fails.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
            {
                throw new TimeoutException($"In {Deadline.TotalSeconds:0} s it did not come true that {what}.");
            }

            await Task.Delay(LookEvery, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Waits until an address refuses connections.</summary>
    public static Task RefusesAsync(string address) => HoldsAsync(
        async () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, new Uri(address).Port);
                return false;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                // A connection that waits to be accepted when the listener closes is reset; the next one is refused.
                return exception.SocketErrorCode == SocketError.ConnectionRefused;
            }
        },
        $"{address} refuses connections");

    /// <summary>Waits for a task, no longer than the deadline.</summary>
    public static Task InTime(this Task task) => task.WaitAsync(Deadline);

    /// <summary>Waits for a task, no longer than the deadline.</summary>
    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Deadline);
}
