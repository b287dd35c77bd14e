using System.Text.RegularExpressions;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>
/// Starts the services of a compose file outside of containers: the program of the Dockerfile with the very command, variables and mounted files.
/// Only addresses change: <c>service:port</c> becomes a port of this machine.
/// </summary>
internal sealed partial class ComposeRun : IAsyncDisposable
{
    private readonly ComposeFile _file;
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("compose-");
    private readonly Dictionary<(string Host, string Port), int> _ports = [];
    private readonly Dictionary<string, Terminal> _terminals = [];

    private ComposeRun(ComposeFile file)
    {
        _file = file;
    }

    public static async Task<ComposeRun> StartAsync(ComposeFile file)
    {
        var run = new ComposeRun(file);
        try
        {
            foreach (var (name, service) in file.Services.Where(service => service.Value.Build is not null))
            {
                for (var n = 1; n <= service.Scale; n++)
                {
                    // A container is known by the name of its service, and by its own.
                    await run.StartAsync(service.Scale == 1 ? name : $"{file.Name}-{name}-{n}", service);
                }
            }

            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a port of a container is on this machine.</summary>
    public Uri AddressOf(string host, string port) => new($"http://127.0.0.1:{PortOf(host, port)}/");

    public Terminal TerminalOf(string host) => _terminals[host];

    /// <summary>Where this machine has what a container asks itself for its health check.</summary>
    public Uri HealthUrlOf(string host, ComposeService service)
    {
        var dockerfile = DockerfileOf(service);
        var url = Variable().Replace(service.Healthcheck?.Url ?? dockerfile.HealthUrl, match => HttpPortsOf(service, dockerfile) ?? match.Value);
        return new(Translate(host, url));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var terminal in _terminals.Values)
        {
            await terminal.DisposeAsync();
        }

        _scratch.Delete(recursive: true);
    }

    private async Task StartAsync(string host, ComposeService service)
    {
        var dockerfile = DockerfileOf(service);
        var environment = service.Environment.ToDictionary(pair => pair.Key, pair => Translate(host, pair.Value));
        environment.Remove("HTTP_PORTS");
        environment.Remove("ASPNETCORE_HTTP_PORTS");
        if (HttpPortsOf(service, dockerfile) is { Length: > 0 } ports)
        {
            environment["ASPNETCORE_URLS"] = string.Join(';', ports.Split(';').Select(port => AddressOf(host, port).AbsoluteUri));
        }

        environment.TryAdd("LoadBalancer__Admin__Url", AddressOf(host, "9901").AbsoluteUri);

        var program = Repository.ProgramFile(Path.GetFileNameWithoutExtension(dockerfile.EntryAssembly));
        var terminal = Terminal.Start(program, service.Command.Select(word => Translate(host, Mounted(host, service, word))), environment);
        _terminals.Add(host, terminal);
        await terminal.WaitForAsync("server listening on ");
    }

    private Dockerfile DockerfileOf(ComposeService service) =>
        Dockerfile.Load(Path.GetFullPath(Path.Combine(_file.Folder, service.Build!.Context, service.Build.Dockerfile)));

    private static string? HttpPortsOf(ComposeService service, Dockerfile dockerfile) =>
        service.Environment.GetValueOrDefault("HTTP_PORTS") ?? service.Environment.GetValueOrDefault("ASPNETCORE_HTTP_PORTS") ?? dockerfile.Variable("ASPNETCORE_HTTP_PORTS");

    // A file that is mounted into the container, by itself or in its folder, stands for the one it is mounted from, in its translated form.
    private string Mounted(string host, ComposeService service, string word)
    {
        foreach (var volume in service.Volumes)
        {
            if (volume.Split(':') is [var source, var target, "ro"] && (word == target || word.StartsWith($"{target}/", StringComparison.Ordinal)))
            {
                var original = Path.Combine(_file.Folder, source + word[target.Length..]);
                var copy = Path.Combine(_scratch.FullName, Path.GetFileName(original));
                File.WriteAllText(copy, WithoutDns(Translate(host, File.ReadAllText(original))));
                return copy;
            }
        }

        return word;
    }

    // The names are those of the network between the containers: whom this machine asks for names is not to hear of them.
    private static string WithoutDns(string configuration) => configuration.Replace("\"Dns\": {", "\"Dns\": { \"Servers\": [\"127.0.0.1:1\"],", StringComparison.Ordinal);

    private string Translate(string host, string text) =>
        HostAndPort().Replace(text, match => $"127.0.0.1:{PortOf(match.Groups["host"].Value is "*" or "localhost" ? host : match.Groups["host"].Value, match.Groups["port"].Value)}");

    private int PortOf(string host, string port)
    {
        if (!_ports.TryGetValue((host, port), out var free))
        {
            _ports[(host, port)] = free = FreePort.Next();
        }

        return free;
    }

    [GeneratedRegex(@"(?<host>\*|[a-z][a-z0-9_-]*):(?<port>\d{4,5})\b")]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"\$\w+")]
    private static partial Regex Variable();
}
