using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Two clusters share the requests of one route.</summary>
public sealed class SplitTests
{
    [Fact]
    public async Task A_client_stays_on_its_side()
    {
        await using var split = await StableAndCanary.StartAsync(new()
        {
            ["Routes:all:Split:Clusters:stable"] = "50",
            ["Routes:all:Split:Clusters:canary"] = "50",
            ["Routes:all:Split:Hash:Source"] = "Cookie",
            ["Routes:all:Split:Hash:Name"] = "user",
        });

        var sides = new List<string>();
        for (var user = 0; user < 40; user++)
        {
            var first = await split.AskAsync("Cookie", $"user={user}");
            Assert.Equal(first, await split.AskAsync("Cookie", $"theme=dark; user={user}"));
            sides.Add(first);
        }

        Assert.Equal(["canary", "stable"], sides.Distinct().Order());
    }

    [Fact]
    public async Task Without_a_key_of_its_own_a_client_is_known_by_its_address()
    {
        await using var split = await StableAndCanary.StartAsync(new() { ["Routes:all:Split:Clusters:stable"] = "50", ["Routes:all:Split:Clusters:canary"] = "50" });

        var sides = new List<string>();
        for (var count = 0; count < 20; count++)
        {
            sides.Add(await split.AskAsync("X-Count", $"{count}"));
        }

        Assert.Single(sides.Distinct());
    }

    [Theory]
    [InlineData("canary", "canary")]
    [InlineData("nowhere", "stable")]
    public async Task A_header_asks_for_a_side(string wanted, string side)
    {
        await using var split = await StableAndCanary.StartAsync(Override());

        Assert.Equal(side, await split.AskAsync("X-Cluster", wanted));
    }

    [Fact]
    public async Task A_side_without_destinations_answers_503_and_names_itself()
    {
        await using var split = await StableAndCanary.StartAsync(Override());
        await split.Canary.StopAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Cluster", "canary" } } };
        using var answer = await split.Proxy.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("\"cluster\":\"canary\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Override() => new()
    {
        ["Routes:all:Split:Clusters:stable"] = "100",
        ["Routes:all:Split:Clusters:canary"] = "0",
        ["Routes:all:Split:Override:Header"] = "X-Cluster",
    };

    private sealed class StableAndCanary : IAsyncDisposable
    {
        private readonly FakeDestination _stable = new(Behave.Ok("stable"));

        public FakeDestination Canary { get; } = new(Behave.Ok("canary"));

        public ProxyHost Proxy { get; private set; } = null!;

        public static async Task<StableAndCanary> StartAsync(Dictionary<string, string?> settings)
        {
            var split = new StableAndCanary();
            settings["Clusters:stable:Destinations:a:Address"] = split._stable.Address;
            settings["Clusters:canary:Destinations:b:Address"] = split.Canary.Address;
            split.Proxy = await ProxyHost.StartWithAsync(settings);
            return split;
        }

        public async Task<string> AskAsync(string header, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { header, value } } };
            using var answer = await Proxy.Client.SendAsync(request);
            return await answer.Content.ReadAsStringAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await _stable.DisposeAsync();
            await Canary.DisposeAsync();
        }
    }
}
