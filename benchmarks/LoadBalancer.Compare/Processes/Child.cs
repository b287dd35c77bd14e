using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LoadBalancer.Compare.Processes;

/// <summary>A program to start.</summary>
/// <param name="FileName">Its file.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Launch(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>Environment variables to set.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder to run in; null for ours.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>The same, kept on some CPUs with all that it starts.</summary>
    /// <param name="cpus">A list as the kernel has it.</param>
    public Launch On(string cpus) => this with { FileName = "taskset", Arguments = ["-c", cpus, FileName, .. Arguments] };
}

/// <summary>A program that we started. Disposing ends it and all that it started.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int MostLines = 20;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // Whatever configures the shell we run in must not configure what is measured.
    private static readonly string[] InheritedNoise = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "OTEL_", "LoadBalancer__", "ReverseProxy__", "services__", "Logging__", "HTTP_PORTS", "HTTPS_PORTS"];

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _said = [];

    private Child(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>A sentence with the first lines that it printed.</summary>
    public string Said
    {
        get
        {
            lock (_lock)
            {
                return _said.Count == 0 ? "It said nothing." : $"It said:\n{string.Join('\n', _said)}";
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="CompareException">It cannot be started.</exception>
    public static Child Start(Launch launch) => new(StartProcess(launch));

    /// <summary>Runs a program to its end, and returns what it printed on both outputs, whatever its exit code.</summary>
    /// <exception cref="CompareException">It cannot be started, or does not end in time.</exception>
    public static async Task<string> RunAsync(Launch launch, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var process = StartProcess(launch);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return await output + await errors;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CompareException($"{launch.FileName} did not end within {limit.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Writes a line to its input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends it a signal, unless it has ended.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="isLast">Whether to wait until it has ended of it.</param>
    public async Task SignalAsync(int signal, bool isLast = false)
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, signal);
        }

        if (isLast)
        {
            await _process.WaitForExitAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, Terminate);
            using var grace = new CancellationTokenSource(Grace);
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
    }

    private static Process StartProcess(Launch launch)
    {
        var start = new ProcessStartInfo(launch.FileName, launch.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = launch.WorkingFolder ?? "",
        };
        foreach (var name in start.Environment.Keys.Where(name => Array.Exists(InheritedNoise, name.StartsWith)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new CompareException($"cannot start {launch.FileName}: {exception.Message}");
        }
    }

    private void Hear(string? line)
    {
        lock (_lock)
        {
            if (line is not null && _said.Count < MostLines)
            {
                _said.Add(line);
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
