using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>
/// Listening sockets go from one process to the next, so that an upgrade refuses nobody: those that systemd holds, and those of the process that runs.
/// That one listens on a Unix socket (<see cref="LoadBalancerOptions.TakeOver"/>). Who connects gets its listening sockets; once it serves, it says so,
/// and the process that ran stops, as it would by SIGTERM. If it never says so, nothing has happened.
/// </summary>
/// <remarks>Not by SO_REUSEPORT: what waits at a socket of the old process would be lost with it.</remarks>
internal sealed partial class TakeOver(ConfigurationInForce configuration, ReservedSockets sockets, IHostApplicationLifetime lifetime, ILogger<TakeOver> logger) : IHostedLifecycleService, IDisposable
{
    private const int Backlog = 4;

    // What the new process says when it serves.
    private static readonly byte[] Serving = "serving\n"u8.ToArray();

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly string? _path = configuration.Options.TakeOver;
    private Socket? _before;
    private Socket? _listener;
    private Task _serving = Task.CompletedTask;

    /// <inheritdoc />
    /// <exception cref="ConfigurationException">The process that runs cannot be taken over from.</exception>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        sockets.Inherit(ActivatedSockets.Take(), isSuccessor: false);
        if (_path is not null && !OperatingSystem.IsLinux())
        {
            throw new ConfigurationException(nameof(LoadBalancerOptions.TakeOver), "is for Linux only");
        }

        if (_path is null)
        {
            return Task.CompletedTask;
        }

        try
        {
            _before = Connect(_path);
            if (_before is not null)
            {
                sockets.Inherit(ActivatedSockets.Open(DescriptorPassing.ReceiveAll(_before, Patience)), isSuccessor: true);
            }
        }
        catch (SocketException exception)
        {
            throw new ConfigurationException(nameof(LoadBalancerOptions.TakeOver), $"cannot take over at {_path}: {exception.Message}");
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    /// <exception cref="ConfigurationException">Nobody could take over from this process.</exception>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var unused in sockets.ReleaseInherited())
        {
            Log.Unused(logger, unused);
        }

        if (_path is null)
        {
            return;
        }

        _listener = Listen(_path);
        _serving = ServeAsync(_listener);
        if (_before is not null)
        {
            await _before.SendAsync(Serving, cancellationToken);
            _before.Dispose();
            Log.TakenOver(logger);
        }
    }

    /// <inheritdoc />
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Who comes now is to find nobody, instead of waiting for one who has other things to do.
        _listener?.Dispose();
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public void Dispose()
    {
        _before?.Dispose();
        _listener?.Dispose();
        _stopping.Dispose();
    }

    private static Socket? Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();

            // There is no process that runs: this is the first. What one has left behind that was killed is replaced.
            return exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.ConnectionRefused ? null : throw new SocketException((int)exception.SocketErrorCode);
        }
    }

    // Under another name first: from one moment to the next it is the new process that answers there.
    private static Socket Listen(string path)
    {
        var next = $"{path}.{Environment.ProcessId}";
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(next);
            listener.Bind(new UnixDomainSocketEndPoint(next));
            if (!OperatingSystem.IsWindows())
            {
                // Who takes the sockets over gets what clients send.
                File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(Backlog);
            File.Move(next, path, overwrite: true);
            return listener;
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            listener.Dispose();
            throw new ConfigurationException(nameof(LoadBalancerOptions.TakeOver), $"cannot be waited at, {path}: {exception.Message}");
        }
    }

    private async Task ServeAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            using var next = await listener.AcceptAsync(_stopping.Token);
            try
            {
                var given = sockets.GiveAway();
                foreach (var socket in given)
                {
                    DescriptorPassing.MarkShared(socket);
                }

                DescriptorPassing.SendAll(next, [.. given.Select(socket => (int)socket.SafeHandle.DangerousGetHandle())]);
                Log.GivenAway(logger, given.Count);
                if (await IsServingAsync(next))
                {
                    sockets.LeaveToSuccessor();
                    lifetime.StopApplication();
                    return;
                }
            }
            catch (SocketException exception)
            {
                Log.Broken(logger, exception.Message);
            }
        }
    }

    private async Task<bool> IsServingAsync(Socket next)
    {
        var heard = new byte[Serving.Length];
        for (var length = 0; length < heard.Length;)
        {
            var read = await next.ReceiveAsync(heard.AsMemory(length), _stopping.Token);
            if (read == 0)
            {
                Log.Broken(logger, "it ended before it served");
                return false;
            }

            length += read;
        }

        return heard.AsSpan().SequenceEqual(Serving);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} listening sockets are given to a new process")]
        public static partial void GivenAway(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Information, "taken over from the process that ran, which stops")]
        public static partial void TakenOver(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "the new process did not take over: {Reason}")]
        public static partial void Broken(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Warning, "a listening socket at {Address} was given to this process, and no listener has that address: it is closed")]
        public static partial void Unused(ILogger logger, string address);
    }
}
