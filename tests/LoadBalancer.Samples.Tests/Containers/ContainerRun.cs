namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Types what a README says about containers, on free ports. Disposing types its <c>docker compose down</c>.</summary>
internal sealed class ContainerRun : IAsyncDisposable
{
    // Images may have to be pulled and built first.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ReadmeBlocks _readme;
    private readonly string _folder;
    private readonly PortMap _ports = new();
    private readonly Dictionary<string, string> _environment = new()
    {
        // Of podman-compose, which else gives containers other names than docker compose does.
        ["PODMAN_COMPOSE_DOCKER_COMPOSE_COMPAT"] = "true",
        ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
    };
    private readonly List<Terminal> _terminals = [];

    private ContainerRun(string readme, string? folder)
    {
        _readme = new ReadmeBlocks(Repository.Read(readme));
        _folder = folder ?? Repository.Root;
    }

    /// <summary>Begins with nothing there of an earlier run that was broken off.</summary>
    /// <param name="readme">The README, from the root of the repository.</param>
    /// <param name="composeFile">The compose file whose variables choose the ports, if it has any.</param>
    /// <param name="folder">Where its commands are typed; the root of the repository if nothing is said.</param>
    public static async Task<ContainerRun> BeginAsync(string readme, string? composeFile, string? folder = null)
    {
        var run = new ContainerRun(readme, folder);
        foreach (var (name, port) in run._ports.VariablesOf(composeFile is null ? "" : Repository.Read(composeFile)))
        {
            run._environment[name] = port;
        }

        await run.TypeLineAsync("docker compose", "down");
        return run;
    }

    /// <summary>The free port that stands for one that the README names.</summary>
    public string PortOf(string written) => _ports[written];

    /// <summary>The one line of the README that contains all <paramref name="parts"/>.</summary>
    public string Line(params string[] parts) => _readme.Line(parts);

    /// <summary>What the README shows as printed by the block that contains <paramref name="part"/>.</summary>
    public string Shown(string part) => _readme.AnswerTo(part);

    /// <summary>Starts the one block that contains <paramref name="part"/>, in a terminal of its own.</summary>
    public Terminal Start(string part)
    {
        var terminal = Terminal.Start("bash", ["-c", _ports.Apply(_readme.Command(part))], _environment, Patience, _folder);
        _terminals.Add(terminal);
        return terminal;
    }

    /// <summary>Types the one block that contains <paramref name="part"/>, and returns what it prints.</summary>
    public Task<string> TypeAsync(string part) => RunAsync(_readme.Command(part));

    /// <summary>Types the one line that contains all <paramref name="parts"/>, and returns what it prints.</summary>
    public Task<string> TypeLineAsync(params string[] parts) => RunAsync(Line(parts));

    /// <summary>Types what no README says, and returns what it prints.</summary>
    public Task<string> RunAsync(string commands) => RunAsync(_ports.Apply(commands), _environment, _folder);

    /// <summary>Types commands in a folder, and returns what they print.</summary>
    public static async Task<string> RunAsync(string commands, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var errors = Path.GetTempFileName();
        try
        {
            await using var shell = Terminal.Start("bash", ["-c", $"set -e; exec 2>'{errors}'\n{commands}"], environment, Patience, folder);
            var exitCode = await shell.WaitForExitAsync();
            Assert.True(exitCode == 0, $"{commands}\nended with {exitCode}:\n{shell.Transcript}\n{await File.ReadAllTextAsync(errors, CancellationToken.None)}");
            return shell.Transcript;
        }
        finally
        {
            File.Delete(errors);
        }
    }

    /// <summary>Runs in each container the command of its health check. Whether and when the engine does so by itself is the engine's business.</summary>
    public async Task<IReadOnlyList<string>> FindUnhealthyAsync(params string[] containers)
    {
        var unhealthy = new List<string>();
        foreach (var container in containers)
        {
            // CMD-SHELL and the command.
            var said = await RunAsync(
                $$$"""docker exec {{{container}}} sh -c "$(docker inspect --format '{{index .Config.Healthcheck.Test 1}}' {{{container}}})" || echo unhealthy""");
            unhealthy.AddRange(said.Contains("unhealthy", StringComparison.Ordinal) ? [container] : Array.Empty<string>());
        }

        return unhealthy;
    }

    /// <summary>Waits until a condition over containers holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan patience, string what)
    {
        var lookEvery = TimeSpan.FromSeconds(1);
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > patience)
            {
                throw new TimeoutException($"In {patience.TotalSeconds:0} s it did not come true that {what}.");
            }

            await Task.Delay(lookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await TypeLineAsync("docker compose", "down");
        }
        finally
        {
            foreach (var terminal in _terminals)
            {
                await terminal.DisposeAsync();
            }
        }
    }
}
