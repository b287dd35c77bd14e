using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A second destination is asked while the first has not answered.</summary>
public abstract class HedgeTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    // A delay that does not pass while a test runs.
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Methods => ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task The_answer_of_a_quick_destination_spares_the_client_a_slow_one(string method)
    {
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination(Behave.Answer(200, "quick"));
        await using var proxy = await StartAsync(Delay, slow, quick);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/a?b")).InTime();

        Assert.Equal((HttpStatusCode.OK, method == "HEAD" ? "" : "quick"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal((method, "/a?b"), (Assert.Single(quick.Requests).Method, Assert.Single(quick.Requests).Target));
    }

    [Fact]
    public async Task The_slow_destination_sees_its_connection_closed()
    {
        var closed = new TaskCompletionSource();
        await using var slow = new FakeDestination(async exchange =>
        {
            await exchange.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var quick = new FakeDestination();
        await using var proxy = await StartAsync(Delay, slow, quick);

        await proxy.Client.GetStringAsync("/");

        await closed.Task.InTime();
    }

    [Fact]
    public async Task Both_attempts_are_measured_and_nothing_stays_in_flight()
    {
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination();
        await using var proxy = await StartAsync(Delay, slow, quick);

        await proxy.Client.GetStringAsync("/");

        var metrics = proxy.Metrics;
        await Eventually.HoldsAsync(() => metrics.Sum("lb.requests") == 1, "the request has ended");
        Assert.Equal((1, 0, 1), (metrics.Sum("lb.hedges", "lb.cluster=web", "lb.destination=b"), metrics.Sum("lb.retries"), metrics.Sum("lb.requests", "lb.destination=b", "lb.outcome=success")));
        Assert.Equal((1, 1, 2), (metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=cancelled"), metrics.Sum("lb.attempts", "lb.destination=b", "lb.outcome=success"), metrics.Sum("lb.attempts")));
        Assert.Equal((0, 0), (metrics.Observe("lb.destination.inflight", "lb.destination=a"), metrics.Observe("lb.destination.inflight", "lb.destination=b")));
    }

    // While the answer is still on its way, the destination that lost is free.
    [Fact]
    public async Task The_slow_destination_is_free_while_the_answer_of_the_other_goes_on()
    {
        var goOn = new TaskCompletionSource();
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            await goOn.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("-last");
        });
        await using var proxy = await StartAsync(Delay, slow, quick);

        using var answer = await proxy.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await Eventually.HoldsAsync(() => proxy.Metrics.Observe("lb.destination.inflight", "lb.destination=a") == 0, "the slow destination is free");
        var inFlight = proxy.Metrics.Observe("lb.destination.inflight", "lb.destination=b");
        goOn.SetResult();

        Assert.Equal((1, "first-last"), (inFlight, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task The_first_destination_may_still_be_the_first_to_answer()
    {
        await using var second = new FakeDestination(Behave.Hang());
        await using var first = new FakeDestination(async exchange =>
        {
            await second.WaitForRequestAsync();
            await Behave.Ok("first")(exchange);
        });
        await using var proxy = await StartAsync(Delay, first, second);

        Assert.Equal("first", await proxy.Client.GetStringAsync("/").InTime());
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.destination=b", "lb.outcome=cancelled") == 1, "the second has lost");
    }

    [Fact]
    public async Task When_the_first_answers_in_time_nobody_else_is_asked()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await StartAsync(Never, a, b);

        await proxy.Client.GetStringAsync("/");

        Assert.Equal((1, 0, 0), (a.Requests.Count, b.Requests.Count, proxy.Metrics.Sum("lb.hedges")));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task What_may_not_be_repeated_is_never_hedged(string method)
    {
        var goOn = new TaskCompletionSource();
        await using var a = new FakeDestination().Next(Behave.After(goOn.Task, Behave.Ok("slow")));
        await using var b = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(Delay, a, b);

        var sending = proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/") { Content = new StringContent("order") });
        await a.WaitForRequestAsync();
        await SpendTheDelayAsync(proxy);
        goOn.SetResult();
        using var answer = await sending.InTime();

        Assert.Equal("slow", await answer.Content.ReadAsStringAsync());
        Assert.DoesNotContain(b.Requests, request => request.Method == method);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64 * 1024)]
    public async Task A_PUT_is_hedged_with_its_whole_body(int length)
    {
        await using var slow = new FakeDestination(ReadThen(Behave.Hang()));
        await using var quick = new FakeDestination();
        await using var proxy = await StartAsync(Delay, slow, quick);
        var body = Text.OfLength(length);

        using var answer = await proxy.Client.PutAsync("/", new StringContent(body)).InTime();

        var request = Assert.Single(quick.Requests);
        Assert.Equal((HttpStatusCode.OK, body, $"{length}", "text/plain; charset=utf-8"), (answer.StatusCode, request.Body, request.Header("Content-Length"), request.Header("Content-Type")));
    }

    // The second is asked when the client has sent the rest, not before.
    [Fact]
    public async Task A_body_in_pieces_is_hedged_once_it_is_there()
    {
        await using var a = new FakeDestination().Next(ReadThen(Behave.Hang()));
        await using var b = new FakeDestination().Next(Behave.Hang());
        await using var proxy = await StartAsync(Delay, a, b);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await a.WaitForRequestAsync();
        await SpendTheDelayAsync(proxy);
        var before = b.Requests.Count(request => request.Method == "PUT");
        await client.SendAsync("5\r\n-last\r\n0\r\n\r\n");
        await client.ReadAnswerAsync().InTime();

        Assert.Equal((0, "first-last"), (before, Assert.Single(b.Requests, request => request.Method == "PUT").Body));
    }

    [Fact]
    public async Task A_body_that_is_too_large_to_be_remembered_is_not_hedged()
    {
        var goOn = new TaskCompletionSource();
        await using var a = new FakeDestination().Next(ReadThen(Behave.After(goOn.Task, Behave.Ok("slow"))));
        await using var b = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(Delay, a, b);

        var sending = proxy.Client.PutAsync("/", new StringContent(Text.OfLength((64 * 1024) + 1)));
        await Eventually.HoldsAsync(() => a.Requests is [{ IsBodyRead: true }], "the body has gone through");
        await SpendTheDelayAsync(proxy);
        goOn.SetResult();
        using var answer = await sending.InTime();

        Assert.Equal("slow", await answer.Content.ReadAsStringAsync());
        Assert.DoesNotContain(b.Requests, request => request.Method == "PUT");
    }

    [Fact]
    public async Task An_answer_that_has_won_and_then_stands_still_is_broken_off()
    {
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            await Behave.Hang()(exchange);
        });
        await using var proxy = await StartAsync(Delay, "300ms", slow, quick);

        using var answer = await proxy.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        await Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync().InTime());
        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.destination=b", "lb.outcome=timeout"));
    }

    [Fact]
    public async Task A_client_that_leaves_takes_both_attempts_with_it()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var b = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(Delay, a, b);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await b.WaitForRequestAsync();

        client.Abort();

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.outcome=client_left") == 1, "the client has left");
        Assert.Equal((0, 0), (proxy.Metrics.Sum("lb.attempts", "lb.outcome=reset"), (await proxy.DescribeAsync("a")).GetProperty("failures").GetInt32()));
        Assert.Equal((0, 0), (proxy.Metrics.Observe("lb.destination.inflight", "lb.destination=a"), proxy.Metrics.Observe("lb.destination.inflight", "lb.destination=b")));
    }

    [Fact]
    public async Task Each_attempt_is_a_span_under_that_of_the_request()
    {
        using var spans = new RecordedSpans();
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination();
        await using var proxy = await StartAsync(Delay, slow, quick);
        using var ask = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "traceparent", spans.TraceParent } } };

        using var answer = await proxy.Client.SendAsync(ask);

        var (attempts, request) = (await spans.WaitForAttemptsAsync(), await spans.WaitForRequestAsync());
        Assert.Equal(
            ["a 1 cancelled Unset", "b 2 success Unset"],
            attempts.Select(span => $"{span.GetTagItem("lb.destination")} {span.GetTagItem("lb.attempt")} {span.GetTagItem("lb.outcome")} {span.Status}").Order());
        Assert.All(attempts, span => Assert.Equal(request.SpanId, span.ParentSpanId));
        Assert.NotEqual(Assert.Single(slow.Requests).Header("traceparent"), Assert.Single(quick.Requests).Header("traceparent"));
    }

    private static Behaviour ReadThen(Behaviour then) => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await then(exchange);
    };

    // The request goes to the second destination, which hangs, and is answered by the first after the delay. Whatever began before and could be hedged would have been.
    private static async Task SpendTheDelayAsync(ProxyHost proxy) => await proxy.Client.GetStringAsync("/").InTime();

    private static Task<ProxyHost> StartAsync(TimeSpan delay, params FakeDestination[] destinations) => StartAsync(delay, "10m", destinations);

    private static Task<ProxyHost> StartAsync(TimeSpan delay, string activity, params FakeDestination[] destinations) =>
        ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:Hedge:Delay"] = $"{delay}", ["Clusters:web:HttpRequest:ActivityTimeout"] = activity },
            [.. destinations.Select(destination => destination.Address)]);
}
