using System.Collections.Concurrent;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Changes of several clusters and routes at once, while requests come without a pause.</summary>
public sealed class ReloadUnderLoadTests : IAsyncDisposable
{
    private const int Clients = 16;
    private const int Reloads = 12;

    private readonly Dictionary<string, FakeDestination> _destinations = "ABCD".ToDictionary(name => $"{name}", name => new FakeDestination(Behave.Ok($"{name}")));

    public async ValueTask DisposeAsync()
    {
        foreach (var destination in _destinations.Values)
        {
            await destination.DisposeAsync();
        }
    }

    [Fact]
    public async Task No_request_fails_and_each_is_answered_by_a_cluster_of_its_route()
    {
        var answers = await RunAsync(
            Configuration(("/a", "one"), ("/b", "two"), ("one", "A"), ("two", "B")),
            Configuration(("/a", "one"), ("/b", "three"), ("one", "AC"), ("three", "D")));

        Assert.Equal(["/a A", "/a C", "/b B", "/b D"], answers.Distinct().Order());
    }

    [Fact]
    public async Task Routes_that_come_and_go_leave_the_others_alone()
    {
        var answers = await RunAsync(
            Configuration(("/a", "one"), ("/b", "two"), ("one", "A"), ("two", "B")),
            Configuration(("/a", "one"), ("/b", "two"), ("/c", "two"), ("/d", "one"), ("one", "A"), ("two", "B")));

        Assert.Equal(["/a A", "/b B"], answers.Distinct().Order());
    }

    [Fact]
    public async Task A_request_sees_the_old_configuration_whole_or_the_new_one_whole()
    {
        var answers = await RunAsync(
            Configuration(("/a", "one"), ("/b", "two"), ("one", "A"), ("two", "B")),
            Configuration(("/a", "two"), ("/b", "one"), ("one", "C"), ("two", "D")));

        Assert.Equal(["/a A", "/a D", "/b B", "/b C"], answers.Distinct().Order());
    }

    /// <summary>Reloads from one configuration to the other and back while clients ask for <c>/a</c> and <c>/b</c>.</summary>
    /// <returns>What they asked for and who answered, or with which status.</returns>
    private async Task<List<string>> RunAsync(string one, string other)
    {
        await using var run = await ReloadingProxy.StartAsync(("first", _destinations["A"]));
        await run.WriteAsync(one, "configuration reloaded");
        var answers = new ConcurrentQueue<string>();
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(i => Task.Run(() => AskAsync(run.Proxy.Client, i % 2 == 0 ? "/a" : "/b", answers, enough.Token))).ToArray();

        for (var i = 0; i < Reloads; i++)
        {
            await run.WriteAsync(i % 2 == 0 ? other : one, "configuration reloaded");
            var before = answers.Count;
            await Eventually.HoldsAsync(() => answers.Count > before + 2 * Clients, "requests were served by the new configuration");
        }

        await enough.CancelAsync();
        await Task.WhenAll(clients).InTime();
        return [.. answers];
    }

    private static async Task AskAsync(HttpClient client, string path, ConcurrentQueue<string> answers, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            using var answer = await client.GetAsync(path, CancellationToken.None);
            answers.Enqueue($"{path} {(answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(CancellationToken.None) : (int)answer.StatusCode)}");
        }
    }

    // Paths with their clusters, and clusters with their destinations.
    private string Configuration(params (string Name, string Value)[] entries)
    {
        var routes = entries.Where(entry => entry.Name.StartsWith('/'))
            .Select(route => $$"""
                "to{{route.Name.Replace('/', '-')}}": { "ClusterId": "{{route.Value}}", "Match": { "Path": "{{route.Name}}" } }
                """);
        var clusters = entries.Where(entry => !entry.Name.StartsWith('/'))
            .Select(cluster => $$"""
                "{{cluster.Name}}": { "Destinations": { {{string.Join(", ", cluster.Value.Select(name => $$"""
                "{{name}}": { "Address": "{{_destinations[$"{name}"].Address}}" }
                """))}} } }
                """);
        return $$"""
            {
              "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
              "Admin": { "Url": "http://127.0.0.1:0" },
              "Routes": { {{string.Join(", ", routes)}} },
              "Clusters": { {{string.Join(", ", clusters)}} }
            }
            """;
    }
}
