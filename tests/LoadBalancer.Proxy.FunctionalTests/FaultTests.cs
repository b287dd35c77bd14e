using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What <c>benchmarks/LoadBalancer.Soak</c> shows at length, in small: a destination of three that fails is nothing that clients see.</summary>
public abstract class FaultTests
{
    private const int Clients = 16;
    private const int RequestsOfEach = 20;

    public static readonly TheoryData<string> Faults = ["reset", "half-close", "garbage", "slow", "hang"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task No_client_sees_an_error_while_one_destination_of_three_has_a_fault(string fault)
    {
        await using var a = new FakeDestination(BehaviourOf(fault));
        await using var b = new FakeDestination();
        await using var c = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings(), a.Address, b.Address, c.Address);

        Assert.All(await LoadAsync(proxy), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.NotEmpty(a.Requests);
    }

    [Fact]
    public async Task No_client_sees_an_error_while_one_destination_of_three_dies_and_comes_back()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var c = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings(), a.Address, b.Address, c.Address);

        var load = LoadAsync(proxy, rounds: 10);
        await a.WaitForRequestAsync(count: Clients);
        await a.StopAsync();
        await b.WaitForRequestAsync(count: b.Requests.Count + Clients);
        a.Restart();

        Assert.All(await load, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    private static Behaviour BehaviourOf(string fault) => fault switch
    {
        "reset" => Behave.Reset(),
        "half-close" => HalfCloseAsync,
        "garbage" => Behave.RawThenClose("nonsense\r\n\r\n"),
        "slow" => Behave.Late(TimeSpan.FromMilliseconds(20), Behave.Ok("ok")),
        _ => Behave.Hang(),
    };

    private static async Task HalfCloseAsync(FakeExchange exchange)
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        exchange.Socket.Shutdown(SocketShutdown.Send);
        await exchange.WaitForCloseAsync();
    }

    // The budget is full: what it sheds by default until the first ejection is its purpose, and is counted by the soak.
    private static Dictionary<string, string?> Settings() => new()
    {
        ["Clusters:web:HttpRequest:FirstByteTimeout"] = "300ms",
        ["Clusters:web:OutlierDetection:ConsecutiveFailures"] = "3",
        ["Clusters:web:Retry:Budget:Share"] = "1",
    };

    private static async Task<HttpStatusCode[]> LoadAsync(ProxyHost proxy, int rounds = 1)
    {
        var clients = Enumerable.Range(0, Clients).Select(async _ =>
        {
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; i < RequestsOfEach * rounds; i++)
            {
                using var answer = await proxy.Client.GetAsync("/");
                statuses.Add(answer.StatusCode);
            }

            return statuses;
        });
        return [.. (await Task.WhenAll(clients)).SelectMany(statuses => statuses)];
    }
}
