using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What happens when a connection breaks before the first byte of the answer (RFC 9110, 9.2.2).</summary>
public abstract class RetryTests
{
    // The largest body that docs/operations.md promises to send again.
    private const int ReplayLimit = 64 * 1024;

    public static TheoryData<string, bool> Repeatable => new MatrixTheoryData<string, bool>(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"], [true, false]);

    public static TheoryData<string, bool> NotRepeatable => new MatrixTheoryData<string, bool>(["POST", "PATCH", "BREW"], [true, false]);

    [Theory]
    [MemberData(nameof(Repeatable))]
    public async Task A_method_that_may_be_repeated_is_tried_on_another_destination(string method, bool reset)
    {
        await using var a = new FakeDestination(Break(reset));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(a, b);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, Assert.Single(b.Requests).Method));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task When_every_destination_breaks_the_connection_the_client_is_told_so(int count)
    {
        var destinations = Enumerable.Range(0, count).Select(_ => new FakeDestination(Behave.Reset())).ToArray();
        await using var proxy = await ProxyHost.StartAsync(destinations);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await Task.WhenAll(destinations.Select(destination => destination.DisposeAsync().AsTask()));
    }

    [Theory]
    [MemberData(nameof(NotRepeatable))]
    public async Task A_method_that_may_not_be_repeated_is_tried_once(string method, bool reset)
    {
        await using var a = new FakeDestination(Break(reset));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(a, b);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/") { Content = new StringContent("order") });

        Assert.Equal((HttpStatusCode.BadGateway, 1, 0), (answer.StatusCode, a.Requests.Count, b.Requests.Count));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(ReplayLimit)]
    public async Task The_body_of_a_PUT_is_sent_again_from_its_start(int length)
    {
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        var body = Text.OfLength(length);

        using var answer = await proxy.Client.PutAsync("/", new StringContent(body));

        Assert.Equal((body, body), (Assert.Single(a.Requests).Body, Assert.Single(b.Requests).Body));
    }

    [Fact]
    public async Task A_PUT_whose_body_is_too_large_to_be_remembered_is_not_sent_again()
    {
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        using var answer = await proxy.Client.PutAsync("/", new StringContent(Text.OfLength(ReplayLimit + 1)));

        Assert.Equal((HttpStatusCode.BadGateway, 1, 0), (answer.StatusCode, a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task Each_of_three_destinations_gets_the_whole_body()
    {
        FakeDestination[] destinations = [new(Behave.Reset()), new(Behave.Close()), new(Behave.Reset())];
        await using var proxy = await ProxyHost.StartAsync(destinations);

        using var answer = await proxy.Client.PutAsync("/", new StringContent("again and again"));

        Assert.All(destinations, destination => Assert.Equal("again and again", Assert.Single(destination.Requests).Body));
        await Task.WhenAll(destinations.Select(destination => destination.DisposeAsync().AsTask()));
    }

    [Theory]
    [InlineData("order", true)]
    [InlineData("order", false)]
    [InlineData("", true)]
    [InlineData("", false)]
    public async Task A_POST_that_finds_its_pooled_connection_closed_on_arrival_is_sent_exactly_once(string body, bool reset)
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        await proxy.Client.GetStringAsync("/to-a");
        await proxy.Client.GetStringAsync("/to-b");
        a.Next(Break(reset));

        using var answer = await proxy.Client.PostAsync("/", body.Length == 0 ? null : new StringContent(body));

        var post = Assert.Single(a.Requests, request => request.Method == "POST");
        Assert.Equal(1, post.Connection);
        Assert.Equal((HttpStatusCode.BadGateway, 2, 1), (answer.StatusCode, a.Requests.Count, b.Requests.Count));
    }

    [Theory]
    [MemberData(nameof(Repeatable))]
    public async Task A_request_that_may_be_repeated_survives_a_pooled_connection_that_ends_on_its_arrival(string method, bool reset)
    {
        await using var only = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(only);
        await proxy.Client.GetStringAsync("/first");
        only.Next(Break(reset));

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 3), (answer.StatusCode, only.Requests.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_further_attempt_does_not_fall_on_another_idle_connection(bool reset)
    {
        FakeDestination[] destinations = [new(), new(), new()];
        await using var proxy = await ProxyHost.StartAsync(destinations);
        foreach (var _ in destinations)
        {
            await proxy.Client.GetStringAsync("/first");
        }

        foreach (var destination in destinations)
        {
            destination.Next(exchange => (exchange.Request.Connection == 1 ? Break(reset) : Behave.Ok("ok"))(exchange));
        }

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, 5), (answer.StatusCode, destinations.Sum(destination => destination.Requests.Count)));
        await Task.WhenAll(destinations.Select(destination => destination.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_request_that_may_be_repeated_is_sent_three_times_where_there_is_one_destination()
    {
        await using var only = new FakeDestination(Behave.Close());
        await using var proxy = await ProxyHost.StartAsync(only);

        using var answer = await proxy.Client.PutAsync("/", new StringContent("again and again"));

        Assert.Equal((HttpStatusCode.BadGateway, 3), (answer.StatusCode, only.Requests.Count));
        Assert.All(only.Requests, request => Assert.Equal("again and again", request.Body));
    }

    [Fact]
    public async Task A_POST_that_reached_a_destination_which_then_went_away_is_not_tried_on_another()
    {
        var stopped = Task.CompletedTask;
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        a.Next(_ =>
        {
            stopped = a.StopAsync();
            return Task.CompletedTask;
        });
        await using var proxy = await ProxyHost.StartAsync(a, b);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
        var answer = await client.ReadAnswerAsync();
        await stopped;

        Assert.Equal((502, 1, 0), (answer.Status, a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task Destinations_that_refuse_are_not_among_the_three()
    {
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination(Behave.Reset());
        await using var c = new FakeDestination(Behave.Ok("c"));
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), a.Address, DeadAddress.Refusing(), b.Address, DeadAddress.Refusing(), c.Address);

        Assert.Equal("c", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task Nothing_is_tried_again_once_the_answer_began(string beginning)
    {
        await using var a = new FakeDestination(Behave.RawThenClose(beginning));
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await client.WaitForCloseAsync();

        Assert.Equal((1, 0), (a.Requests.Count, b.Requests.Count));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_error_that_a_destination_answers_is_its_answer_and_stays(int status)
    {
        await using var a = new FakeDestination(Behave.Answer(status, "mine"));
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((status, "mine", 0), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), b.Requests.Count));
    }

    [Theory]
    [InlineData("GET", 200, "b")]
    [InlineData("PUT", 200, "b")]
    [InlineData("POST", 503, "mine")]
    public async Task An_error_that_the_configuration_lists_is_replaced_by_the_answer_of_another_destination(string method, int status, string body)
    {
        await using var a = new FakeDestination(Behave.Answer(503, "mine"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:Retry:Statuses"] = "502-503" }, a.Address, b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "GET" ? null : new StringContent("x") });

        Assert.Equal((status, body), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task An_error_that_every_destination_gives_is_the_answer()
    {
        await using var a = new FakeDestination(Behave.Answer(503, "mine"));
        await using var b = new FakeDestination(Behave.Answer(503, "mine"));
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:Retry:Statuses"] = "503" }, a.Address, b.Address);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((503, "mine", 1, 1), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task A_request_is_sent_as_often_as_the_configuration_allows()
    {
        await using var only = new FakeDestination(Behave.Close());
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:Retry:MaxAttempts"] = "5" }, only.Address);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.BadGateway, 5), (answer.StatusCode, only.Requests.Count));
    }

    // The read of the client's body that the first attempt waited in goes on for the second.
    [Theory]
    [InlineData("Expect: 100-continue\r\n")]
    [InlineData("")]
    public async Task A_PUT_whose_first_destination_breaks_off_while_the_client_pauses_arrives_whole_at_the_second(string expect)
    {
        var broke = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new FakeDestination(async exchange =>
        {
            if (expect.Length > 0)
            {
                await exchange.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            }

            await exchange.ReadTextAsync(10_000);
            exchange.Reset();
            broke.SetResult();
        });
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        using var client = await proxy.ConnectAsync();
        var body = Text.OfLength(20_000);

        await client.SendAsync($"PUT / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 20000\r\n{expect}\r\n");
        if (expect.Length > 0)
        {
            Assert.Equal(100, (await client.ReadHeadAsync()).Status);
        }

        await client.SendAsync(body[..10_000]);
        await broke.Task.InTime();
        await client.SendAsync(body[10_000..15_000]);
        await client.SendAsync(body[15_000..]);
        var answer = await client.ReadAnswerAsync();
        while (answer.Status == 100)
        {
            answer = await client.ReadAnswerAsync();
        }

        Assert.Equal((200, body), (answer.Status, Assert.Single(b.Requests).Body));
    }

    private static void Break(FakeExchange exchange, bool reset)
    {
        if (reset)
        {
            exchange.Reset();
        }
        else
        {
            exchange.Stream.Dispose();
        }
    }

    private static Behaviour Break(bool reset) => reset ? Behave.Reset() : Behave.Close();
}
