using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

/// <summary>Does what the README of a sample says, on free ports, and checks that what comes back is what it says.</summary>
internal sealed partial class ReadmeRun : IAsyncDisposable
{
    private readonly string _sample;
    private readonly PortMap _ports = new();
    private readonly Dictionary<string, string> _environment;
    private readonly List<Terminal> _terminals = [];
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("samples-");
    private string _printed = "";

    public ReadmeRun(string sample)
    {
        _sample = sample;
        _ports.Learn("localhost:8080 localhost:9901"); // the proxy's defaults, which a README need not say
        _environment = new()
        {
            ["BACKEND"] = Repository.Backend,
            ["PROXY"] = Repository.Proxy,
            ["OUTPUT"] = OutputFile,
            ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
            ["LoadBalancer__Admin__Url"] = $"http://localhost:{_ports["9901"]}",
        };
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf($"samples/{sample}")))
        {
            var text = File.ReadAllText(file);
            _ports.Learn(text);
            foreach (var (name, port) in _ports.VariablesOf(text))
            {
                _environment[name] = port;
            }
        }
    }

    /// <summary>The file that a sample writes to, if it writes one.</summary>
    public string OutputFile => Path.Combine(_scratch.FullName, "lb_custom_output.txt");

    /// <summary>What the sample wrote, with the ports that it is written with.</summary>
    public string Output => _ports.Undo(File.ReadAllText(OutputFile));

    /// <summary>What this machine lacks to do what the README says; null when it lacks nothing.</summary>
    public static string? LacksFor(string sample)
    {
        if (OperatingSystem.IsWindows())
        {
            return "the samples are written for bash";
        }

        var readme = Repository.Read($"samples/{sample}/README.md");
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] needed = ["bash", "curl", .. readme.Contains("\npython3 ", StringComparison.Ordinal) ? ["python3"] : Array.Empty<string>()];
        var missing = needed.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))).ToList();
        return missing.Count == 0 ? null : $"not on this machine: {string.Join(", ", missing)}";
    }

    public async Task RunAsync()
    {
        foreach (var step in Readme.StepsOf(Repository.Read($"samples/{_sample}/README.md")))
        {
            await (step switch
            {
                Step.Start start => StartAsync(start.Commands),
                Step.Type type => TypeAsync(type.Commands),
                Step.Logged logged => CheckLoggedAsync(logged.Lines),
                Step.Interrupt => InterruptAsync(),
                Step.Anew => EndAllAsync(),
                Step.Printed printed => CheckPrinted(printed.Text),
                _ => throw new InvalidOperationException($"no way to do {step}"),
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAllAsync();
        _scratch.Delete(recursive: true);
    }

    private async Task StartAsync(IReadOnlyList<string> commands)
    {
        foreach (var command in commands)
        {
            if (DotnetRun().Match(command) is { Success: true } run)
            {
                var terminal = Terminal.Start(
                    Repository.ProgramFile(run.Groups["project"].Value),
                    Words().Matches(run.Groups["arguments"].Value).Select(word => MapFile(_ports.Apply(word.Value.Trim('"')))),
                    EnvironmentOf(command));
                _terminals.Add(terminal);
                await terminal.WaitForAsync("server listening on ");
            }
            else
            {
                _terminals.Add(Terminal.Start("bash", ["-c", $"exec {command}"], _environment));
            }
        }
    }

    private async Task TypeAsync(string commands)
    {
        // Standard output alone is what a README shows: curl draws its progress on the other.
        // More patience than 30 s: a tool may have to be downloaded.
        await using var shell = Terminal.Start("bash", ["-c", $"exec 2>/dev/null\n{_ports.Apply(commands)}"], _environment, patience: TimeSpan.FromMinutes(2));
        await shell.WaitForExitAsync();
        _printed = shell.Transcript;
    }

    private Task CheckPrinted(string expected)
    {
        Assert.Equal(expected, _ports.Undo(_printed));
        return Task.CompletedTask;
    }

    private async Task CheckLoggedAsync(IReadOnlyList<string> lines)
    {
        // A README shows the log of one program; which, it says in words. The others may stay silent.
        var expected = lines.Select(Normalize).ToList();
        using var found = new CancellationTokenSource();
        var waits = _terminals.ConvertAll(terminal => terminal.WaitForAllAsync(expected, line => Normalize(_ports.Undo(line)), found.Token));
        var ended = await Task.WhenAny(waits);
        while (!ended.IsCompletedSuccessfully && waits.Count > 1)
        {
            waits.Remove(ended);
            ended = await Task.WhenAny(waits);
        }

        await found.CancelAsync();
        await ended;
    }

    private async Task InterruptAsync()
    {
        const int EndedByInterrupt = 130, EndedByTermination = 143;
        Assert.True(await _terminals[^1].InterruptAsync() is 0 or EndedByInterrupt or EndedByTermination);
    }

    private async Task EndAllAsync()
    {
        foreach (var terminal in _terminals)
        {
            await terminal.DisposeAsync();
        }

        _terminals.Clear();
    }

    // A proxy that is told no address takes its default, which this test must move as well.
    private Dictionary<string, string> EnvironmentOf(string command) =>
        command.Contains("LoadBalancer.Proxy", StringComparison.Ordinal) && !command.Contains("--listen", StringComparison.Ordinal) && !command.Contains("--config", StringComparison.Ordinal)
            ? new(_environment) { ["LoadBalancer__Listeners__default__Url"] = $"http://localhost:{_ports["8080"]}" }
            : _environment;

    // A configuration file of the sample is used from a copy with the free ports in it.
    private string MapFile(string word)
    {
        if (!word.StartsWith("samples/", StringComparison.Ordinal))
        {
            return word;
        }

        var copy = Path.Combine(_scratch.FullName, Path.GetFileName(word));
        File.WriteAllText(copy, _ports.Apply(Repository.Read(word)));
        return copy;
    }

    // Times of day, durations and the ports of clients differ from run to run, and the engine of a listener from system to system.
    private static string Normalize(string line) =>
        Engine().Replace(Milliseconds().Replace(ClientAddress().Replace(LogTime().Replace(line, "TIME - "), "from CLIENT "), "N ms"), " (ENGINE)");

    [GeneratedRegex(@" \((eventloop|kestrel)\)$")]
    private static partial Regex Engine();

    [GeneratedRegex(@"^dotnet run --project (?<project>\S+) -- (?<arguments>.*)$")]
    private static partial Regex DotnetRun();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")]
    private static partial Regex LogTime();

    [GeneratedRegex(@"from \S+:\d+ ")]
    private static partial Regex ClientAddress();

    [GeneratedRegex(@"\d+\.\d ms")]
    private static partial Regex Milliseconds();
}
