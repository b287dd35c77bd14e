using System.Net;
using System.Text.Json;

namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Does once what <c>deploy/compose/README.md</c> says, and notes what came back.</summary>
public sealed class DeployedCompose : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    internal string[] Answers { get; private set; } = [];

    internal string[] AnswersOfFive { get; private set; } = [];

    internal string[] AnswersOfTwo { get; private set; } = [];

    internal string[] Lost { get; private set; } = [];

    internal int Served { get; private set; }

    internal IReadOnlyList<string> Unhealthy { get; private set; } = [];

    internal HttpStatusCode Dashboard { get; private set; }

    internal string[] HeardByDashboard { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (!await ContainerEngine.IsThereAsync())
        {
            return;
        }

        await using var run = await ContainerRun.BeginAsync("deploy/compose/README.md", "deploy/compose/compose.yaml");
        await run.TypeAsync("up --build --detach");
        await ContainerRun.UntilAsync(async () => await CountAvailableAsync(run) == 3, Patience, "three backends are available");
        Answers = await AskAsync(run, times: 6);
        Unhealthy = await run.FindUnhealthyAsync("loadbalancer-backend-1", "loadbalancer-backend-2", "loadbalancer-backend-3", "loadbalancer-proxy-1");

        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{run.PortOf("18888")}") };
        using var page = await client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Dashboard = page.StatusCode;
        await ContainerRun.UntilAsync(async () => (HeardByDashboard = await ResourcesAsync(client)).Length == 2, Patience, "the dashboard heard of both programs");

        await using var load = new SteadyLoad(new Uri($"http://localhost:{run.PortOf("8080")}/"));
        await run.TypeAsync("--scale backend=5");
        await ContainerRun.UntilAsync(async () => await CountAvailableAsync(run) == 5, Patience, "five backends are available");

        // The turns in between are those of the load.
        AnswersOfFive = await AskAsync(run, times: 50);
        await run.RunAsync(run.Line("--scale backend=5").Replace("backend=5", "backend=2", StringComparison.Ordinal));
        await ContainerRun.UntilAsync(async () => (await AskAsync(run, times: 20)).Distinct().Count() == 2, Patience, "two backends are left");
        AnswersOfTwo = await AskAsync(run, times: 20);
        (Served, Lost) = await load.EndAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<string[]> AskAsync(ContainerRun run, int times)
    {
        var answers = new string[times];
        for (var n = 0; n < times; n++)
        {
            answers[n] = await run.TypeAsync("curl");
        }

        return answers;
    }

    // The admin listener answers once the proxy has started; until then the command fails.
    private static async Task<int> CountAvailableAsync(ContainerRun run)
    {
        var answer = await run.RunAsync($"{run.Line("exec proxy wget")} || true");
        return answer.Split('\n').Count(line => line.Contains("\"available\": true", StringComparison.Ordinal));
    }

    private static async Task<string[]> ResourcesAsync(HttpClient dashboard)
    {
        using var resources = JsonDocument.Parse(await dashboard.GetStringAsync(new Uri("/api/telemetry/resources", UriKind.Relative), TestContext.Current.CancellationToken));
        return [.. resources.RootElement.EnumerateArray().Select(resource => resource.GetProperty("name").GetString()!).Order(StringComparer.Ordinal)];
    }
}

[Collection(nameof(ContainerTests))]
public sealed class DeployedComposeContainerTests(DeployedCompose run) : IClassFixture<DeployedCompose>
{
    [Fact]
    public async Task Three_backends_take_turns()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(3, run.Answers.Distinct().Count());
        Assert.Equal(run.Answers.Take(3), run.Answers.Skip(3));
    }

    [Fact]
    public async Task Scaled_to_five_all_of_them_take_turns()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(5, run.AnswersOfFive.Distinct().Count());
    }

    [Fact]
    public async Task Scaled_down_to_two_these_take_turns()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(2, run.AnswersOfTwo.Distinct().Count());
    }

    [Fact]
    public async Task From_three_to_five_and_down_to_two_no_request_is_lost()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Empty(run.Lost);
        Assert.True(run.Served > 100, $"Only {run.Served} requests were sent.");
    }

    [Fact]
    public async Task Health_check_of_every_container_passes()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Empty(run.Unhealthy);
    }

    [Fact]
    public async Task Dashboard_answers_on_its_port()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(HttpStatusCode.OK, run.Dashboard);
    }

    [Fact]
    public async Task Dashboard_hears_of_proxy_and_backends()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(["backend", "proxy"], run.HeardByDashboard);
    }
}
