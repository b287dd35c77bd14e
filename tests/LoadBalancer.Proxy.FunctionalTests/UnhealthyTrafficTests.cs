using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Where requests go while a destination is unhealthy, and after it.</summary>
public sealed class UnhealthyTrafficTests
{
    [Fact]
    public async Task An_unhealthy_destination_gets_no_request()
    {
        await using var trio = await Trio.StartAsync();
        await trio.TurnAsync("b", 500, "Unhealthy");

        await trio.AskAsync(12);

        Assert.Empty(trio["b"].Requests);
    }

    [Fact]
    public async Task Those_left_share_the_requests_exactly_and_in_turn()
    {
        await using var trio = await Trio.StartAsync();
        await trio.TurnAsync("b", 500, "Unhealthy");

        var answers = await trio.AskAsync(8);

        Assert.Matches("^((ac){4}|(ca){4})$", answers);
    }

    [Fact]
    public async Task Those_left_share_the_requests_of_many_clients_exactly()
    {
        await using var trio = await Trio.StartAsync();
        await trio.TurnAsync("c", 500, "Unhealthy");

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => trio.AskAsync(10)));

        Assert.Equal((80, 80, 0), (trio["a"].Requests.Count, trio["b"].Requests.Count, trio["c"].Requests.Count));
    }

    [Fact]
    public async Task A_destination_that_recovers_gets_its_share_again()
    {
        await using var trio = await Trio.StartAsync();
        await trio.TurnAsync("b", 500, "Unhealthy");
        await trio.AskAsync(5);
        await trio.TurnAsync("b", 200, "Healthy");

        var answers = await trio.AskAsync(9);

        Assert.Equal("aaabbbccc", string.Concat(answers.Order()));
    }

    [Fact]
    public async Task A_request_under_way_is_finished_when_its_destination_becomes_unhealthy()
    {
        var gate = new TaskCompletionSource();
        await using var trio = await Trio.StartAsync();
        trio["a"].Next(Behave.After(gate.Task, Behave.Ok("slowly")));
        var answer = trio.Proxy.Client.GetStringAsync("/");
        await trio["a"].WaitForRequestAsync();

        await trio.TurnAsync("a", 500, "Unhealthy");
        gate.SetResult();

        Assert.Equal("slowly", await answer);
    }

    /// <summary>A proxy over three destinations, each of which says its name.</summary>
    private sealed class Trio : IAsyncDisposable
    {
        private static readonly string[] Names = ["a", "b", "c"];

        private readonly Dictionary<string, FakeDestination> _destinations;

        private Trio(Dictionary<string, FakeDestination> destinations, ProxyHost proxy) => (_destinations, Proxy) = (destinations, proxy);

        public ProxyHost Proxy { get; }

        public FakeDestination this[string name] => _destinations[name];

        public static async Task<Trio> StartAsync()
        {
            var destinations = Names.ToDictionary(name => name, name => new FakeDestination(Behave.Ok(name)));
            var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), [.. destinations.Values.Select(destination => destination.Address)]);
            var trio = new Trio(destinations, proxy);
            foreach (var name in Names)
            {
                await proxy.WaitForHealthAsync(name, "Healthy");
            }

            return trio;
        }

        public async Task TurnAsync(string name, int status, string verdict)
        {
            this[name].Health = Behave.Answer(status, "");
            await Proxy.WaitForHealthAsync(name, verdict);
        }

        public async Task<string> AskAsync(int times)
        {
            var answers = new List<string>();
            for (var i = 0; i < times; i++)
            {
                answers.Add(await Proxy.Client.GetStringAsync("/"));
            }

            return string.Concat(answers);
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            foreach (var destination in _destinations.Values)
            {
                await destination.DisposeAsync();
            }
        }
    }
}
