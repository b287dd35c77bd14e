using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LoadBalancer.Samples.Tests;

/// <summary>A running program as somebody at its terminal has it: reads what it says, can press Ctrl+C. Disposing kills it.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TimeSpan _patience;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly SemaphoreSlim _said = new(0);
    private int _read;
    private int _openStreams = 2;

    private Terminal(Process process, TimeSpan patience)
    {
        _process = process;
        _patience = patience;
        process.OutputDataReceived += (_, data) => Hear(data.Data);
        process.ErrorDataReceived += (_, data) => Hear(data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything said so far.</summary>
    public string Transcript
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <param name="program">What to start.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What is set on top of the environment of the tests.</param>
    /// <param name="patience">How long each wait may take; 30 s if nothing is said.</param>
    /// <param name="folder">Where it is started; the root of the repository if nothing is said.</param>
    public static Terminal Start(
        string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, TimeSpan? patience = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Terminal(Process.Start(start)!, patience ?? TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits until so many lines that contain <paramref name="text"/> were said.</summary>
    public Task WaitForAsync(string text, int times = 1) =>
        WaitForAsync(lines => lines.Count(said => said.Contains(text, StringComparison.Ordinal)) >= times, text, CancellationToken.None);

    /// <summary>Waits until what was said since the start is as it should be.</summary>
    public Task WaitUntilAsync(Predicate<IReadOnlyList<string>> isSo, string what) => WaitForAsync(isSo, what, CancellationToken.None);

    /// <summary>
    /// Waits until, after what was waited for before, all of <paramref name="expected"/> was said, in any order: programs at work side by side keep none.
    /// </summary>
    /// <param name="expected">The lines, each as <paramref name="normalize"/> makes it.</param>
    /// <param name="normalize">Takes out of a line what differs from run to run.</param>
    /// <param name="giveUp">Ends the wait before its time.</param>
    public Task WaitForAllAsync(IReadOnlyList<string> expected, Func<string, string> normalize, CancellationToken giveUp) =>
        WaitForAsync(lines =>
        {
            var missing = expected.ToList();
            var at = _read;
            while (missing.Count > 0 && at < lines.Count)
            {
                missing.Remove(normalize(lines[at++]));
            }

            _read = missing.Count == 0 ? at : _read;
            return missing.Count == 0;
        }, string.Join('\n', expected), giveUp);

    /// <summary>Presses Ctrl+C, waits for the end, and returns the exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        const int SigInt = 2, SigTerm = 15;

        // Whoever runs the tests in the background may have had SIGINT ignored, which children inherit: then SIGTERM has to do.
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, IgnoresInterrupt() ? SigTerm : SigInt);
        }

        return await WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(_patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _said.Dispose();
    }

    private async Task WaitForAsync(Predicate<IReadOnlyList<string>> isSaid, string what, CancellationToken giveUp)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken, giveUp);
        deadline.CancelAfter(_patience);
        while (true)
        {
            lock (_lock)
            {
                if (isSaid(_lines))
                {
                    return;
                }

                if (_openStreams == 0)
                {
                    throw new InvalidOperationException($"ended without:\n{what}\nwhat was said:\n{string.Join('\n', _lines)}");
                }
            }

            try
            {
                await _said.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!giveUp.IsCancellationRequested)
            {
                throw new TimeoutException($"waited in vain for:\n{what}\nwhat was said:\n{Transcript}");
            }
        }
    }

    private void Hear(string? line)
    {
        lock (_lock)
        {
            if (line is null)
            {
                _openStreams--;
            }
            else
            {
                _lines.Add(line);
            }
        }

        _said.Release();
    }

    private bool IgnoresInterrupt()
    {
        var status = $"/proc/{_process.Id}/status";
        const string Mask = "SigIgn:";
        return File.Exists(status)
            && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(Mask, StringComparison.Ordinal)) is { } line
            && (Convert.ToUInt64(line[Mask.Length..].Trim(), 16) & 0b10) != 0;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
