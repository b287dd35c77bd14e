using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LoadBalancer.Testing;

namespace LoadBalancer.IntegrationTests.Host;

/// <summary>The AppHost as a program in a terminal, on ports of its own. Disposing ends it and what it started.</summary>
internal sealed partial class HostProgram : IAsyncDisposable
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    // Where its own build left it: beside the tests it would find their libraries.
    private static readonly string Program = Path.GetFullPath(
        Path.Combine(Projects.LoadBalancer_AppHost.ProjectPath, "bin", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../.."), AppContext.BaseDirectory), "LoadBalancer.AppHost"));

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProgram(IReadOnlyDictionary<string, string> surroundings, IReadOnlyList<string> arguments)
    {
        // Who runs the tests in the background may have SIGINT ignored, and children inherit that: then nobody could press Ctrl+C.
        var start = OperatingSystem.IsLinux() ? new ProcessStartInfo("env", ["--default-signal=INT", Program, .. arguments]) : new ProcessStartInfo(Program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);

        // Not the folder of the project: it must find its settings from anywhere.
        start.WorkingDirectory = Path.GetTempPath();
        foreach (var (name, value) in surroundings)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Hear(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The ports of the load balancer, the admin page and the dashboard.</summary>
    public IReadOnlyList<int> Ports { get; private init; } = [];

    /// <summary>The lines on the standard output so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The lines on the error output so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>Starts it with nothing but these arguments: for what ends before anything listens.</summary>
    public static HostProgram Start(params string[] arguments) => new(new Dictionary<string, string>(), arguments);

    /// <summary>The same, with further environment variables.</summary>
    public static HostProgram Start(IReadOnlyDictionary<string, string> surroundings, params string[] arguments) => new(surroundings, arguments);

    /// <summary>Starts it on free ports.</summary>
    public static HostProgram StartOnFreePorts(params string[] arguments)
    {
        int[] ports = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
        return new HostProgram(
            new Dictionary<string, string>(),
            [Invariant($"--Ports:Proxy={ports[0]}"), Invariant($"--Ports:Admin={ports[1]}"), Invariant($"--Ports:Dashboard={ports[2]}"), .. arguments])
        {
            Ports = ports,
        };
    }

    /// <summary>Waits until it says that it is up, and returns the lines that say where.</summary>
    public async Task<IReadOnlyDictionary<string, string>> UpAsync()
    {
        await SeesAsync("The load balancer is up.", "  backend-3");
        return Output.Select(line => SummaryLine().Match(line)).Where(match => match.Success).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["where"].Value);
    }

    /// <summary>Waits until each of these texts stands in a line of the output.</summary>
    public async Task SeesAsync(params string[] texts)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            var said = _said.Task;
            var output = Output;
            if (Array.TrueForAll(texts, text => output.Any(line => line.Contains(text, StringComparison.Ordinal))))
            {
                return;
            }

            Assert.False(_process.HasExited, Transcript());
            await said.WaitAsync(deadline.Token).ContinueWith(wait => Assert.True(wait.IsCompletedSuccessfully, Transcript()), TaskScheduler.Default);
        }
    }

    public void Signal(int signal) => Assert.Equal(0, kill(_process.Id, signal));

    public async Task<int> ExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>Every process that it started, found from outside: those that watch it, and their descendants.</summary>
    public IReadOnlyList<int> Children()
    {
        var all = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0).Where(id => id > 0).ToList();
        var parents = all.ToDictionary(id => id, ParentOf);
        var found = all.Where(id => parents[id] == _process.Id || CommandLineOf(id).Contains(Invariant($"\0--monitor\0{_process.Id}\0"), StringComparison.Ordinal)).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(all.Where(id => parents[id] == found[i] && !found.Contains(id)));
        }

        return found;
    }

    public static bool IsAlive(int id) => ParentOf(id) is not null;

    public string Transcript() => $"{string.Join('\n', Output)}\n{string.Join('\n', Errors)}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // Asked to end, it takes its children along; killed, it leaves that to the orchestrator.
            Signal(SigTerm);
            using var deadline = new CancellationTokenSource(Deadline);
            await _process.WaitForExitAsync(deadline.Token).ContinueWith(_ => _process.Kill(entireProcessTree: true), TaskScheduler.Default);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Hear(List<string> lines, string? line)
    {
        if (line is null)
        {
            return;
        }

        TaskCompletionSource said;
        lock (_lock)
        {
            lines.Add(line);
            (said, _said) = (_said, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        said.SetResult();
    }

    private List<string> Copy(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }

    private static string CommandLineOf(int id) => TryRead(id, "cmdline") ?? "";

    // Null when there is no such process, or only the entry of one that has ended.
    private static int? ParentOf(int id)
    {
        if (TryRead(id, "stat") is not { } text)
        {
            return null;
        }

        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
    }

    private static string? TryRead(int id, string file)
    {
        try
        {
            return File.ReadAllText(Invariant($"/proc/{id}/{file}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    [GeneratedRegex(@"^  (?<name>[a-z0-9 -]+?) +(?<where>http://\S+)$")]
    private static partial Regex SummaryLine();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
