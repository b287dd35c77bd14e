using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>A socket that all loops accept on.</summary>
/// <remarks>
/// One for all of them, and not one for each with SO_REUSEPORT: there, connections that wait at a socket of a loop are lost when that is closed, while every reload and every change of the number of loops would close some.
/// Of loops that wait for one socket, the system wakes one for each connection (EPOLLEXCLUSIVE), nearly always the same; that one hands connections to those that have fewer.
/// </remarks>
/// <param name="listener">What it is as the configuration has it.</param>
/// <param name="socket">The socket, bound and listening.</param>
internal sealed class ListenerEntry(Listener listener, Socket socket)
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _watchers;

    /// <summary>What it is as the configuration in force has it.</summary>
    public Listener Listener { get; set; } = listener;

    public Socket Socket => socket;

    /// <summary>The number of its descriptor.</summary>
    public int Descriptor { get; } = (int)socket.SafeHandle.DangerousGetHandle();

    /// <summary>What its connections may do.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Whether nothing is accepted any more: its connections are closed after their requests.</summary>
    public volatile bool IsClosed;

    /// <summary>Ends when the socket is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The socket is closed.</summary>
    public void OnClosed() => _closed.TrySetResult();

    /// <summary>A loop begins to accept on it.</summary>
    public void Enter() => Interlocked.Increment(ref _watchers);

    /// <summary>A loop does not accept on it any more.</summary>
    /// <returns>Whether it was the last, and is to close it.</returns>
    public bool Leave() => Interlocked.Decrement(ref _watchers) == 0;
}
