using System.Diagnostics;
using System.Globalization;

namespace LoadBalancer.EmbeddedHost.Launching;

/// <summary>A running child: its console lines, its end, and the ways to end it.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        Exited = WaitForExitAsync();
    }

    public int Id { get; }

    /// <summary>Completes with the exit code; a process killed by a signal reports 128 and the signal's number.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a program with exactly the given variables.</summary>
    /// <param name="program">Full path of the executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="environment">All its variables.</param>
    /// <param name="onLine">Gets each console line, and whether it came from standard error; called one at a time per stream.</param>
    public static async Task<ChildProcess> StartAsync(
        string program,
        IReadOnlyList<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string> environment,
        Action<string, bool> onLine)
    {
        var start = new ProcessStartInfo
        {
            FileName = program,
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (LauncherPath is { } launcher)
        {
            start.FileName = launcher;
            start.ArgumentList.Add(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Add(program);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Forward(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Forward(line.Data, isError: true);
        await SpawnThread.Instance.RunAsync(process.Start);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ChildProcess(process);

        void Forward(string? text, bool isError)
        {
            if (text is not null)
            {
                onLine(text, isError);
            }
        }
    }

    /// <summary>Asks the child to end, and ends it after the grace.</summary>
    public async Task StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Posix.Kill(Id, Posix.Sigterm);
            try
            {
                await Exited.WaitAsync(grace, time);
                return;
            }
            catch (TimeoutException)
            {
                // It had its time.
            }
        }

        Kill();
        await Exited;
    }

    /// <summary>Ends the child, and on Unix its own children with it, at once.</summary>
    public void Kill()
    {
        if (Exited.IsCompleted)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
            return;
        }

        // The group exists from the moment the launcher has made it; before that the child is alone.
        _ = Posix.Kill(-Id, Posix.Sigkill);
        _ = Posix.Kill(Id, Posix.Sigkill);
    }

    public void Dispose() => _process.Dispose();

    // Beside this assembly, as the build leaves it. Without it (a single-file host, say) children are started directly and only an
    // orderly end of the host takes them along.
    private static string? LauncherPath { get; } = FindLauncher();

    private static string? FindLauncher()
    {
        var path = Path.Combine(AppContext.BaseDirectory, typeof(ChildProcess).Assembly.GetName().Name!);
        return !OperatingSystem.IsWindows() && File.Exists(path) ? path : null;
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
