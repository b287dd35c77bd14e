using System.Net;
using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Does once what <c>deploy/README.md</c> says from publishing to the dashboard, and notes what came back.</summary>
public sealed partial class PublishedContainers : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    internal string[] Answers { get; } = new string[6];

    internal string Log { get; private set; } = "";

    /// <summary>Whether the answers came from the three in turn, twice.</summary>
    internal bool IsEven => Answers.Distinct().Order().SequenceEqual(["Hello from backend-1", "Hello from backend-2", "Hello from backend-3"]) && Answers.Take(3).SequenceEqual(Answers.Skip(3));

    internal IReadOnlyList<string> Unhealthy { get; private set; } = [];

    internal (HttpStatusCode Status, string Path) PageAfterLogin { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (!await ContainerEngine.IsThereAsync())
        {
            return;
        }

        await using var published = new PublishedCompose();
        await published.InitializeAsync();
        await using var run = await ContainerRun.BeginAsync("deploy/README.md", composeFile: null, published.File.Folder);
        await PublishOnAsync(Path.Combine(published.File.Folder, "docker-compose.yaml"), run.PortOf("8080"));
        foreach (var program in (string[])["Proxy", "Backend"])
        {
            await run.RunAsync($"cd '{Repository.Root}'\n{run.Line("docker build", program)}");
        }

        await run.TypeAsync("docker compose up");
        await ContainerRun.UntilAsync(
            async () => Found().Count(await run.RunAsync("docker compose logs proxy")) >= 3, Patience, "the proxy found three backends");

        // While containers are added to a network, its names cannot be looked up for a moment: a destination is then passed over.
        for (var attempt = 0; attempt < 10 && !IsEven; attempt++)
        {
            for (var n = 0; n < Answers.Length; n++)
            {
                Answers[n] = await run.TypeLineAsync("curl");
            }
        }

        Log = await run.RunAsync("docker compose logs proxy");

        Unhealthy = await run.FindUnhealthyAsync(
            [.. from service in (string[])["proxy", "backend-1", "backend-2", "backend-3"] select $"{Path.GetFileName(published.File.Folder).ToLowerInvariant()}-{service}-1"]);

        var port = (await run.TypeLineAsync("docker compose port")).Split(':')[^1];
        var token = "";
        await ContainerRun.UntilAsync(
            async () => (token = Token().Match(await run.TypeLineAsync("docker compose logs")).Value).Length > 0, Patience, "the dashboard has said its token");
        using var client = new HttpClient();
        using var page = await client.GetAsync(new Uri($"http://localhost:{port}/{token}"), TestContext.Current.CancellationToken);
        PageAfterLogin = (page.StatusCode, page.RequestMessage!.RequestUri!.AbsolutePath);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The published file has its port as the application has it, for whoever deploys it to change.
    private static async Task PublishOnAsync(string file, string port)
    {
        const string Written = "8080:8080";
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(Written, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(Written, $"{port}:8080", StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("the following host is up ")]
    private static partial Regex Found();

    [GeneratedRegex(@"login\?t=\w+")]
    private static partial Regex Token();
}

[Collection(nameof(ContainerTests))]
public sealed class PublishedContainerTests(PublishedContainers run) : IClassFixture<PublishedContainers>
{
    [Fact]
    public async Task Proxy_goes_round_the_published_backends()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.True(run.IsEven, $"{string.Join('\n', run.Answers)}\n{run.Log}");
    }

    [Fact]
    public async Task Health_check_of_every_container_passes()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Empty(run.Unhealthy);
    }

    [Fact]
    public async Task Dashboard_lets_in_who_has_the_token_of_its_log()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(HttpStatusCode.OK, run.PageAfterLogin.Status);
        Assert.NotEqual("/login", run.PageAfterLogin.Path);
    }
}
