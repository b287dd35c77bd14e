using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What happens when a connection breaks before the first byte of the answer (RFC 9110, 9.2.2).</summary>
public sealed class RetryTests
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
