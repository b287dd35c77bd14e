using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How many connections to a destination may be open at once, and what happens to the requests that find none.</summary>
public abstract class ConnectionLimitTests
{
    [Fact]
    public async Task Requests_share_as_many_connections_as_there_may_be()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Limit(3), destination.Address);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => proxy.Client.GetStringAsync("/")));

        Assert.All(answers, answer => Assert.Equal("ok", answer));
        Assert.InRange(destination.Connections, 1, 3);
    }

    [Fact]
    public async Task A_request_that_finds_none_free_waits_for_one()
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination(Behave.Ok("second")).Next(Behave.After(gate.Task, Behave.Ok("first")));
        await using var proxy = await ProxyHost.StartAsync(Limit(1), destination.Address);
        var first = proxy.Client.GetStringAsync("/");
        await destination.WaitForRequestAsync();

        var second = proxy.Client.GetStringAsync("/");
        await Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("inFlight").GetInt32() == 2, "the second request waits");
        Assert.Single(destination.Requests);
        gate.SetResult();

        Assert.Equal(("first", "second", 1), (await first, await second, destination.Connections));
    }

    [Fact]
    public async Task Several_loops_keep_the_limit_together_and_no_request_is_left_waiting()
    {
        var (busy, most) = (0, 0);
        await using var destination = new FakeDestination(async exchange =>
        {
            var now = Interlocked.Increment(ref busy);
            most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref busy);
            await Behave.Ok("ok")(exchange);
        });
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?>(Limit(2)) { ["EventLoops"] = "4" }, destination.Address);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            using var client = await proxy.ConnectAsync();
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal("ok", (await client.AskAsync(RawRequest.Get())).Text);
            }
        })));

        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_connection_that_another_loop_has_to_spare_is_no_obstacle()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?>(Limit(1)) { ["EventLoops"] = "2" }, destination.Address);
        var clients = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => proxy.ConnectAsync()));

        foreach (var client in clients.Concat(clients))
        {
            Assert.Equal("ok", (await client.AskAsync(RawRequest.Get())).Text);
        }

        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task Each_destination_has_its_own()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("a")));
        await using var b = new FakeDestination(Behave.After(gate.Task, Behave.Ok("b")));
        await using var proxy = await ProxyHost.StartAsync(Limit(1), a.Address, b.Address);

        var answers = Task.WhenAll(proxy.Client.GetStringAsync("/"), proxy.Client.GetStringAsync("/"));
        await a.WaitForRequestAsync();
        await b.WaitForRequestAsync();
        gate.SetResult();

        Assert.Equal(["a", "b"], (await answers).Order());
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_gives_its_place_to_the_next()
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination().Next(Behave.After(gate.Task, Behave.Ok("first")));
        await using var proxy = await ProxyHost.StartAsync(Limit(1), destination.Address);
        var first = proxy.Client.GetStringAsync("/first");
        await destination.WaitForRequestAsync();
        using var leaving = await proxy.ConnectAsync();
        await leaving.SendAsync(RawRequest.Get("/leaves"));
        await WaitingAsync(2);
        var third = proxy.Client.GetStringAsync("/third");
        await WaitingAsync(3);

        leaving.Abort();
        await WaitingAsync(2);
        gate.SetResult();
        await Task.WhenAll(first, third).InTime();

        Assert.Equal(["/first", "/third"], destination.Requests.Select(request => request.Target));

        Task WaitingAsync(int count) => Eventually.HoldsAsync(
            async () => (await proxy.DescribeAsync("a")).GetProperty("inFlight").GetInt32() == count, $"{count} requests are there");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_request_that_waited_too_long_was_not_sent_and_another_destination_gets_it(string method)
    {
        await using var a = new FakeDestination(AnswerWithoutEndAsync);
        await using var b = new FakeDestination(Behave.Ok("b"));
        var settings = Limit(1);
        settings["Clusters:web:HttpRequest:ActivityTimeout"] = "1s";
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address, b.Address);
        using var first = await proxy.ConnectAsync();
        await first.SendAsync(RawRequest.Get("/goes-on"));
        await a.WaitForRequestAsync();
        await proxy.Client.GetStringAsync("/to-b");

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/waits"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, a.Requests.Count));
    }

    // Often enough that no timeout ends it, so that its connection stays in use.
    private static async Task AnswerWithoutEndAsync(FakeExchange exchange)
    {
        await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while (await pause.WaitForNextTickAsync())
        {
            await exchange.SendAsync(RawRequest.Chunk("on"));
        }
    }

    private static Dictionary<string, string?> Limit(int connections) => new() { ["Clusters:web:HttpClient:MaxConnectionsPerServer"] = $"{connections}" };
}
