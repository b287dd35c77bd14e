using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Soak.Destinations;

/// <summary>A destination as a process that we start, break and mend.</summary>
/// <param name="name">Its name.</param>
/// <param name="port">Its port.</param>
/// <param name="pause">How long its answers take.</param>
internal sealed class DestinationProcess(string name, int port, TimeSpan pause) : IAsyncDisposable
{
    private const int Kill = 9;
    private const int Continue = 18;
    private const int Stop = 19;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private Child? _child;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its address.</summary>
    public string Address { get; } = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    /// <summary>Starts it, and waits until it listens.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        _child = Child.Start(new Launch(
            Programs.This,
            DestinationServer.Verb,
            name,
            port.ToString(CultureInfo.InvariantCulture),
            pause.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Grace);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), deadline.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
            }
        }
    }

    /// <summary>Says what it does: see <see cref="DestinationServer"/>.</summary>
    public void Tell(string line) => _child!.Tell(line);

    /// <summary>Breaks it.</summary>
    public async Task BreakAsync(Fault fault)
    {
        switch (fault)
        {
            case Fault.Kill:
                await _child!.SignalAsync(Kill, isLast: true);
                break;
            case Fault.Hang:
                await _child!.SignalAsync(Stop);
                break;
            default:
                Tell(fault == Fault.Slow ? "slow" : fault.ToString());
                break;
        }
    }

    /// <summary>Mends it.</summary>
    public async Task MendAsync(Fault fault, CancellationToken stop)
    {
        switch (fault)
        {
            case Fault.Kill:
                await _child!.DisposeAsync();
                await StartAsync(stop);
                break;
            case Fault.Hang:
                await _child!.SignalAsync(Continue);
                break;
            default:
                Tell("ok");
                break;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            // A stopped process does not hear that it should end.
            await child.SignalAsync(Continue);
            await child.DisposeAsync();
        }
    }
}
