using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LoadBalancer.EmbeddedHost.Launching;
using LoadBalancer.EmbeddedHost.Running;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The real AppHost as a process of its own, on ports of its own; ended with the test.</summary>
internal sealed partial class HostProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private HostProgram(int proxyPort, int adminPort, Dictionary<string, string> surroundings, string[] arguments)
    {
        ProxyPort = proxyPort;
        AdminPort = adminPort;
        var assembly = typeof(Projects.LoadBalancer_AppHost).Assembly;
        var program = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name!);
        // Who runs the tests in the background may have SIGINT ignored, and children inherit that: then nobody could press Ctrl+C.
        var start = OperatingSystem.IsLinux() ? new ProcessStartInfo("env", ["--default-signal=INT", program]) : new ProcessStartInfo(program);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // Not the project folder: the host must find its settings from anywhere.
        start.WorkingDirectory = Path.GetTempPath();
        start.ArgumentList.Add("--Dashboard:Enabled=false");
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--Ports:Proxy={proxyPort}"));
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--Ports:Admin={adminPort}"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (var (name, value) in surroundings)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int ProxyPort { get; }

    public int AdminPort { get; }

    public IReadOnlyList<string> Output => [.. _output];

    public IReadOnlyList<string> Errors => [.. _errors];

    public static HostProgram Start(params string[] arguments) => Start([], arguments);

    public static HostProgram Start(Dictionary<string, string> surroundings, params string[] arguments) => new(FreePort(), FreePort(), surroundings, arguments);

    public static HostProgram StartOnPort(int proxyPort) => new(proxyPort, FreePort(), [], []);

    public async Task SeesAsync(string text) =>
        await Eventually.TrueAsync(() => _output.Any(line => line.Contains(text, StringComparison.Ordinal)), $"'{text}' in\n{string.Join('\n', Output)}");

    /// <summary>The processes that the host has started, by looking at the system and not at what the host says.</summary>
    public IReadOnlyList<int> Children() => [.. Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) && ParentOf(id) == _process.Id ? id : 0)
        .Where(id => id != 0)];

    public void Signal(int signal) => Assert.Equal(0, Posix.Kill(_process.Id, signal));

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    /// <summary>The variables of a process, with a zero after each.</summary>
    public static string SurroundingsOf(int id) => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/environ"));

    public static bool IsAlive(int id) => ParentOf(id) is not null;

    /// <summary>The ports of the backends, from the lines that announce them.</summary>
    public IReadOnlyDictionary<string, int> BackendPorts() => Output
        .Select(line => RunningBackend().Match(line))
        .Where(match => match.Success)
        .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    private static int FreePort()
    {
        int port;
        do
        {
            port = Random.Next(12_000, 19_000);
        }
        while (!PortAllocator.IsFree(port));
        return port;
    }

    private static readonly Random Random = new();

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    // Null when there is no such process, or only the entry of one that has ended.
    private static int? ParentOf(int id)
    {
        try
        {
            var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"(backend-\d): Running \(http://localhost:(\d+)\)")]
    private static partial Regex RunningBackend();
}
