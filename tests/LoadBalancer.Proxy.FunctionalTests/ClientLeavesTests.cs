using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A client that leaves is nobody's fault; what was done for it is given up at once.</summary>
public abstract class ClientLeavesTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private const string HalfAPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello";
    private const string Nothing = "";
    private const string HalfAnAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";

    public static TheoryData<string, string, bool> Moments => new()
    {
        { Get, Nothing, true },
        { Get, Nothing, false },
        { Get, HalfAnAnswer, true },
        { Get, HalfAnAnswer, false },
        { HalfAPost, Nothing, true },
        { HalfAPost, Nothing, false },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task The_destination_sees_its_connection_closed(string request, string answer, bool abruptly)
    {
        await using var scene = await Scene.PlayAsync(request, answer, abruptly);

        await scene.DestinationSawClose.InTime();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task It_counts_as_a_failure_of_nobody(string request, string answer, bool abruptly)
    {
        await using var scene = await Scene.PlayAsync(request, answer, abruptly);
        await Eventually.HoldsAsync(async () => await scene.CountAsync("requests") == 1, "the attempt has ended");

        Assert.Equal(0, await scene.CountAsync("failures"));
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Its_outcome_is_client_left(string request, string answer, bool abruptly)
    {
        await using var scene = await Scene.PlayAsync(request, answer, abruptly);

        await Eventually.HoldsAsync(() => scene.Proxy.Metrics.Sum("lb.requests", "lb.outcome=client_left", "lb.destination=a") == 1, "the request is counted");

        Assert.Equal(1, scene.Proxy.Metrics.Sum("lb.attempts", "lb.outcome=client_left", "lb.destination=a"));
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Nothing_stays_in_flight(string request, string answer, bool abruptly)
    {
        await using var scene = await Scene.PlayAsync(request, answer, abruptly);

        await Eventually.HoldsAsync(async () => await scene.CountAsync("inFlight") == 0, "nothing is in flight");
    }

    [Fact]
    public async Task No_other_destination_is_tried_for_a_client_that_is_gone()
    {
        await using var b = new FakeDestination();
        await using var scene = await Scene.PlayAsync(Get, Nothing, abruptly: true, b);

        await Eventually.HoldsAsync(() => scene.Proxy.Metrics.Sum("lb.requests") == 1, "the request has ended");

        Assert.Empty(b.Requests);
    }

    [Fact]
    public async Task Others_on_the_same_destination_are_served_on()
    {
        await using var scene = await Scene.PlayAsync(Get, Nothing, abruptly: true);
        await scene.DestinationSawClose.InTime();
        scene.Destination.Next(Behave.Ok("served"));

        Assert.Equal("served", await scene.Proxy.Client.GetStringAsync("/"));
    }

    /// <summary>A client sends a request, the destination gets it, perhaps begins to answer, and the client leaves.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly TaskCompletionSource _closed = new();

        private Scene(string answer) => Destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync(answer);
            await exchange.WaitForCloseAsync();
            _closed.TrySetResult();
        });

        public FakeDestination Destination { get; }

        public ProxyHost Proxy { get; private set; } = null!;

        public Task DestinationSawClose => _closed.Task;

        public static async Task<Scene> PlayAsync(string request, string answer, bool abruptly, params FakeDestination[] others)
        {
            var scene = new Scene(answer);

            // The event loop answers a client that only finishes sending: it may still be there.
            var engine = abruptly || request == HalfAPost ? [] : new Dictionary<string, string?> { ["Engine"] = "Kestrel" };
            scene.Proxy = await ProxyHost.StartAsync(engine, [scene.Destination.Address, .. others.Select(other => other.Address)]);
            using var client = await scene.Proxy.ConnectAsync();
            await client.SendAsync(request);
            await scene.Destination.WaitForRequestAsync();
            if (answer.Length > 0)
            {
                await client.ReadHeadAsync();
            }

            if (abruptly)
            {
                client.Abort();
            }

            return scene;
        }

        public async Task<int> CountAsync(string of) => (await Proxy.DescribeAsync("a")).GetProperty(of).GetInt32();

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Destination.DisposeAsync();
        }
    }
}
