using System.Runtime.InteropServices;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>
/// Hears the signals that end the program. The end begins with readiness: for <see cref="LoadBalancerOptions.ShutdownDelay"/> everything goes on as before
/// but <c>/health</c>, so that whoever sends requests here has time to see that and to send them elsewhere.
/// </summary>
internal sealed partial class StopSignals(IHostApplicationLifetime lifetime, Func<TimeSpan> delay, TimeProvider time, ILogger<StopSignals> logger) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private ITimer? _end;

    /// <summary>Whether the end has begun.</summary>
    public bool IsLeaving { get; private set; }

    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        PosixSignal[] ending = [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM];
        _registrations.AddRange(ending.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Leave();
        })));

        // Nobody who sends one of them expects that it kills, which is what the system does by itself.
        _registrations.AddRange(UserSignals().Select(signal => PosixSignalRegistration.Create(signal, static context => context.Cancel = true)));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins the end.</summary>
    public void Leave()
    {
        var wait = delay();
        lock (_lock)
        {
            if (IsLeaving)
            {
                return;
            }

            IsLeaving = true;
            if (wait > TimeSpan.Zero)
            {
                Log.Leaving(logger, SpanText.Format(wait));
                _end = time.CreateTimer(_ => lifetime.StopApplication(), null, wait, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        lifetime.StopApplication();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        lock (_lock)
        {
            _end?.Dispose();
        }
    }

    // SIGUSR1 and SIGUSR2 have no names here. Their numbers are those of signal(7), and of macOS.
    private static PosixSignal[] UserSignals() =>
        OperatingSystem.IsLinux() ? [(PosixSignal)10, (PosixSignal)12]
        : OperatingSystem.IsMacOS() ? [(PosixSignal)30, (PosixSignal)31]
        : [];

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "not ready any more, and shutting down in {Delay}")]
        public static partial void Leaving(ILogger logger, string delay);
    }
}
