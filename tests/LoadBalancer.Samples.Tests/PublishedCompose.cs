using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

/// <summary>Publishes the application, names the images and fills in the <c>.env</c> file, each as <c>deploy/README.md</c> says.</summary>
public sealed partial class PublishedCompose : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("published-");

    internal ComposeFile File { get; private set; } = new();

    /// <summary>The services that run programs of ours.</summary>
    internal IEnumerable<KeyValuePair<string, ComposeService>> Programs => File.Services.Where(service => service.Value.Build is not null);

    public async ValueTask InitializeAsync()
    {
        var readme = Repository.Read("deploy/README.md");
        var words = PublishCommand().Match(readme).Groups["arguments"].Value.Split(' ').Select(word => word == "out" ? _folder.FullName : word);
        await using var host = Terminal.Start(Repository.AppHost, words, []);
        Assert.True(await host.WaitForExitAsync() == 0, host.Transcript);

        var filledIn = Assignment().Matches(readme).Select(match => match.Value);
        await System.IO.File.WriteAllLinesAsync(Path.Combine(_folder.FullName, ".env"), filledIn);
        File = ComposeFile.Load(Path.Combine(_folder.FullName, "docker-compose.yaml"));

        var dockerfiles = BuildCommand().Matches(readme).ToDictionary(match => match.Groups["image"].Value, match => match.Groups["file"].Value);
        foreach (var service in File.Services.Values)
        {
            service.Build = dockerfiles.TryGetValue(service.Image, out var file) ? new ComposeBuild { Context = Repository.Root, Dockerfile = file } : null;
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex("^dotnet run --project LoadBalancer.AppHost -- (?<arguments>.+)$", RegexOptions.Multiline)]
    private static partial Regex PublishCommand();

    [GeneratedRegex("^docker build -f (?<file>\\S+) -t (?<image>\\S+) \\.$", RegexOptions.Multiline)]
    private static partial Regex BuildCommand();

    [GeneratedRegex("^[A-Z][A-Z0-9_]*=.+$", RegexOptions.Multiline)]
    private static partial Regex Assignment();
}
