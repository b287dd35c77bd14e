using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>The built program, started as an operator would start it, in a folder of its own. Disposing kills it.</summary>
internal sealed partial class ProxyProcess : IAsyncDisposable
{
    private static readonly string[] InheritedNoise = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "OTEL_", "LoadBalancer__", "services__", "Logging__", "HTTP_PORTS", "HTTPS_PORTS", "URLS", "AllowedHosts", "Kestrel__"];

    // Another build, such as a native one, does as well what the tests ask of the program.
    private static readonly string ProgramFile = Environment.GetEnvironmentVariable("LB_TEST_PROGRAM") is { Length: > 0 } another ? another : Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "LoadBalancer.Proxy.exe" : "LoadBalancer.Proxy");

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ProxyProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, data) => Hear(_output, data.Data);
        process.ErrorDataReceived += (_, data) => Hear(_errors, data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The lines on the standard output so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The lines on the error output so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>The events on the console so far: its lines without their times.</summary>
    public IReadOnlyList<string> Events => [.. Output.Select(line => TimeOfLine().Replace(line, ""))];

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What each of its file descriptors is, as Linux tells it.</summary>
    public IReadOnlyList<string> Descriptors => [.. Directory.GetFiles($"/proc/{Id}/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>()];

    /// <summary>Starts the program.</summary>
    public static ProxyProcess Start(WorkFolder folder, params string[] arguments) => Start(folder, [], arguments);

    /// <summary>Starts the program with further environment variables.</summary>
    public static ProxyProcess Start(WorkFolder folder, Dictionary<string, string> environment, params string[] arguments)
    {
        // Who runs the tests in the background may have SIGINT or SIGHUP ignored, and children inherit that: then the program would hear neither.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,HUP", ProgramFile, .. arguments] : [ProgramFile, .. arguments];
        return Start(folder, environment, command[0], command[1..]);
    }

    /// <summary>Starts the program with so many file descriptors at most.</summary>
    public static ProxyProcess StartWithDescriptors(WorkFolder folder, int limit, params string[] arguments) =>
        Start(folder, [], "sh", ["-c", $"ulimit -n {limit} && exec \"$@\"", "sh", ProgramFile, .. arguments]);

    /// <summary>Starts a program that starts this one: its command comes first.</summary>
    public static ProxyProcess StartUnder(WorkFolder folder, string[] supervisor, params string[] arguments) =>
        Start(folder, [], supervisor[0], [.. supervisor[1..], ProgramFile, .. arguments]);

    /// <summary>Asks a process to end.</summary>
    public static void End(int id) => Assert.Equal(0, kill(id, 15));

    /// <summary>Types a line.</summary>
    public void Type(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<ProxyProcess> RunAsync(WorkFolder folder, params string[] arguments)
    {
        var process = Start(folder, arguments);
        try
        {
            await process.WaitForExitAsync();
            return process;
        }
        catch
        {
            // One that does not end must not stay behind.
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the console tells of an event that contains this text.</summary>
    public async Task<string> WaitForEventAsync(string text)
    {
        await Eventually.HoldsAsync(() => _process.HasExited || Events.Any(IsIt), $"the console says '{text}'");
        return Events.FirstOrDefault(IsIt)
            ?? throw new InvalidOperationException($"ended without '{text}':\n{string.Join('\n', Output.Concat(Errors))}");

        bool IsIt(string line) => line.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Waits until it listens, and returns the address that the console names.</summary>
    public async Task<string> WaitForAddressAsync()
    {
        const string listening = "server listening on ";
        var line = await WaitForEventAsync(listening);
        return line[(line.IndexOf(listening, StringComparison.Ordinal) + listening.Length)..].Split(' ')[0];
    }

    /// <summary>Waits for the end of the program and of its output, and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().InTime();
        return _process.ExitCode;
    }

    /// <summary>Sends a signal.</summary>
    public void Send(PosixSignal signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are a matter of POSIX systems.");
        Assert.Equal(0, kill(_process.Id, signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, PosixSignal.SIGTERM => 15, var number => (int)number }));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().InTime();
        _process.Dispose();
    }

    private static ProxyProcess Start(WorkFolder folder, Dictionary<string, string> environment, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        (start.WorkingDirectory, start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (folder.Path, true, true, true);

        // Whatever configures the machine that runs the tests must not configure the program under test.
        foreach (var name in start.Environment.Keys.Where(name => Array.Exists(InheritedNoise, name.StartsWith)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ProxyProcess(Process.Start(start)!);
    }

    private void Hear(List<string> lines, string? line)
    {
        lock (_lock)
        {
            if (line is not null)
            {
                lines.Add(line);
            }
        }
    }

    private string[] Copy(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} - ")]
    internal static partial Regex TimeOfLine();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}

/// <summary>An empty folder to run in, gone after the test.</summary>
internal sealed class WorkFolder : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("lb-process-").FullName;

    /// <summary>Writes a file, and returns its path.</summary>
    public string Write(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
