using System.Runtime.InteropServices;
using LoadBalancer.Compare;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Soak.Scenarios;

namespace LoadBalancer.Soak;

/// <summary>Runs the program from its first line to its exit code.</summary>
/// <param name="output">Where the tables go.</param>
/// <param name="progress">Where it says what went wrong.</param>
internal sealed class SoakRun(TextWriter output, TextWriter progress)
{
    /// <summary>Does what was asked. Whatever happens, what it has started has ended when this returns.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(SoakOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = StopOn(PosixSignal.SIGINT, stop);
        using var terminate = StopOn(PosixSignal.SIGTERM, stop);
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new CompareException("only Linux has the signals that are sent here");
            }

            var bars = new List<Bar>();
            foreach (var name in options.Scenarios)
            {
                output.WriteLine($"\n{name}\n");
                var held = await Scenario.Of(name).RunAsync(options, output, stop.Token);
                foreach (var bar in held)
                {
                    output.WriteLine(bar);
                }

                bars.AddRange(held);
            }

            return bars.TrueForAll(bar => bar.Holds) ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (CompareException exception)
        {
            progress.WriteLine(exception.Message);
            return ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            progress.WriteLine("stopped");
            return ExitCodes.Interrupted;
        }
    }

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        // Told once more, the process ends at once.
        context.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    });
}
