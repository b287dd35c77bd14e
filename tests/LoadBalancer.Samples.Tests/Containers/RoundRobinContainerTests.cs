namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Does once what the README of the round robin sample says under "With Docker Compose", and notes what came back.</summary>
public sealed class RoundRobinContainers : IAsyncLifetime
{
    private const string Curls = "# while the containers of docker run";
    private const string Up = "the following host is up ";
    private const string Down = "the following host is down ";
    private const int Servers = 3;
    private const int MostRounds = 10;

    internal string Shown { get; private set; } = "";

    internal string Answers { get; private set; } = "";

    internal IReadOnlyList<string> Unhealthy { get; private set; } = [];

    internal string[] AnswersWithoutWeb2 { get; private set; } = [];

    internal string[] AnswersWithWeb2Back { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (!await ContainerEngine.IsThereAsync())
        {
            return;
        }

        await using var run = await ContainerRun.BeginAsync("samples/round-robin/README.md", "samples/round-robin/compose.yaml");
        var console = run.Start("up --build");
        await console.WaitForAsync(Up, times: Servers);
        Shown = run.Shown(Curls);
        Answers = await run.TypeAsync(Curls);
        Unhealthy = await run.FindUnhealthyAsync("web1", "web2", "web3", "custom-lb");

        AnswersWithoutWeb2 = AnswersIn(await run.TypeAsync("docker stop web2"));
        await console.WaitForAsync(Down + "web2");
        await run.TypeAsync("docker start web2");
        await console.WaitForAsync(Up + "web2", times: 2);

        // On a busy machine the health check of another one may fail meanwhile, also between the wait and the requests.
        for (var round = 0; round < MostRounds && AnswersWithWeb2Back.Count(answer => answer == "Hello from web2") != 3; round++)
        {
            await console.WaitUntilAsync(lines => Count(lines, Up) - Count(lines, Down) == Servers, "all servers are up");
            AnswersWithWeb2Back = AnswersIn(await run.TypeAsync(Curls));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static int Count(IReadOnlyList<string> lines, string said) => lines.Count(line => line.Contains(said, StringComparison.Ordinal));

    // `docker stop` prints the name of the container.
    private static string[] AnswersIn(string printed) => [.. printed.Split('\n').Where(line => line.Contains(' ', StringComparison.Ordinal))];
}

[Collection(nameof(ContainerTests))]
public sealed class RoundRobinContainerTests(RoundRobinContainers run) : IClassFixture<RoundRobinContainers>
{
    [Fact]
    public async Task Nine_requests_go_round_as_the_readme_shows()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(run.Shown, run.Answers);
    }

    [Fact]
    public async Task Health_check_of_every_container_passes()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Empty(run.Unhealthy);
    }

    [Fact]
    public async Task Stopped_server_costs_no_client_an_error()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(9, run.AnswersWithoutWeb2.Count(answer => answer is "Hello from web1 200" or "Hello from web3 200"));
    }

    [Fact]
    public async Task Started_again_the_server_has_its_turn_again()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal((9, 3), (run.AnswersWithWeb2Back.Length, run.AnswersWithWeb2Back.Count(answer => answer == "Hello from web2")));
        Assert.All(Enumerable.Range(0, 7), at => Assert.Equal(3, run.AnswersWithWeb2Back[at..(at + 3)].Distinct().Count()));
    }
}
