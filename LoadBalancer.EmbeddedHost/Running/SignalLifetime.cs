using System.Diagnostics;
using System.Runtime.InteropServices;
using LoadBalancer.EmbeddedHost.Launching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Ends the application on a signal: in order on the first, at once on the second.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime lifetime, IServiceProvider services, ConsoleOutput console)
    : IHostLifetime, IDisposable
{
    private const int EndedBySignal = 130;

    private readonly CancellationTokenSource _disposed = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        _ = StopWithParentAsync(_disposed.Token);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _disposed.Cancel();
        _registrations.ForEach(registration => registration.Dispose());
        _disposed.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            console.WriteLine(ConsoleOutput.Host, "stopping; a second Ctrl+C ends everything at once");
            lifetime.StopApplication();
            return;
        }

        services.GetRequiredService<Orchestrator>().KillAll();
        Environment.Exit(EndedBySignal);
    }

    // Under `dotnet run` there is a process between the terminal and this one. Whoever kills it means the application.
    private async Task StopWithParentAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            using var parent = Process.GetProcessById(Posix.ParentId());
            if (parent.ProcessName == "dotnet")
            {
                await parent.WaitForExitAsync(cancellationToken);
                lifetime.StopApplication();
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or OperationCanceledException)
        {
            // The parent cannot be watched, or needs no more watching.
        }
    }
}

/// <summary>For a host inside a test, whose end is the test's business.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
