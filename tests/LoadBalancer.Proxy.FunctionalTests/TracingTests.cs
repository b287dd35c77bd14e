using System.Collections.Concurrent;
using System.Diagnostics;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>One trace from the client over the proxy's spans to the destination (W3C Trace Context).</summary>
public abstract class TracingTests
{
    private const string Sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task The_span_of_a_request_is_a_child_of_the_clients()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, spans.TraceParent);

        var request = await spans.WaitForRequestAsync();
        Assert.Equal((ActivityKind.Server, spans.ClientSpanId), (request.Kind, request.ParentSpanId));
    }

    [Fact]
    public async Task A_request_that_succeeds_at_once_has_one_attempt_under_it()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, spans.TraceParent);

        var attempt = Assert.Single(await spans.WaitForAttemptsAsync());
        Assert.Equal((await spans.WaitForRequestAsync()).SpanId, attempt.ParentSpanId);
    }

    [Fact]
    public async Task Each_attempt_has_a_span_also_the_one_that_failed()
    {
        using var spans = new RecordedSpans();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);

        await AskAsync(proxy, spans.TraceParent);

        var attempts = await spans.WaitForAttemptsAsync();
        Assert.Equal(
            [("a", 1, "connect_failed", ActivityStatusCode.Error), ("b", 2, "success", ActivityStatusCode.Unset)],
            attempts.Select(attempt => ((string)Tag(attempt, "lb.destination")!, (int)Tag(attempt, "lb.attempt")!, (string)Tag(attempt, "lb.outcome")!, attempt.Status)));
        var request = await spans.WaitForRequestAsync();
        Assert.All(attempts, attempt => Assert.Equal(request.SpanId, attempt.ParentSpanId));
    }

    [Fact]
    public async Task The_destination_is_told_the_span_of_its_attempt()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination(Behave.Reset());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        await AskAsync(proxy, spans.TraceParent);

        var attempts = await spans.WaitForAttemptsAsync();
        Assert.Equal(
            [Assert.Single(a.Requests).Header("traceparent"), Assert.Single(b.Requests).Header("traceparent")],
            attempts.Select(attempt => $"00-{spans.TraceId}-{attempt.SpanId}-01"));
    }

    [Fact]
    public async Task The_span_of_a_request_says_where_it_went_and_what_came_of_it()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination(Behave.Answer(404, ""));
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, spans.TraceParent);

        var request = await spans.WaitForRequestAsync();
        Assert.Equal(
            ("GET", "/page", "http", 404, "web", "a", "success"),
            (Tag(request, "http.request.method"), Tag(request, "url.path"), Tag(request, "url.scheme"), Tag(request, "http.response.status_code"),
                Tag(request, "lb.cluster"), Tag(request, "lb.destination"), Tag(request, "lb.outcome")));
    }

    [Fact]
    public async Task The_span_of_an_attempt_says_whom_it_asked_and_what_came_of_it()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination(Behave.Answer(503, ""));
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, spans.TraceParent);

        var attempt = Assert.Single(await spans.WaitForAttemptsAsync());
        Assert.Equal(
            ("GET", "127.0.0.1", new Uri(a.Address).Port, 503, "web", "a", "server_error"),
            (Tag(attempt, "http.request.method"), Tag(attempt, "server.address"), Tag(attempt, "server.port"), Tag(attempt, "http.response.status_code"),
                Tag(attempt, "lb.cluster"), Tag(attempt, "lb.destination"), Tag(attempt, "lb.outcome")));
    }

    [Theory]
    [InlineData("TRACE", 405)]
    [InlineData("GET", 503)]
    public async Task A_request_that_the_proxy_answers_itself_has_a_span_and_no_attempt(string method, int status)
    {
        using var spans = new RecordedSpans();
        await using var proxy = await ProxyHost.StartAsync([], []);

        await AskAsync(proxy, spans.TraceParent, method: method);

        Assert.Empty(await spans.WaitForAttemptsAsync());
        Assert.Equal(status, Tag(await spans.WaitForRequestAsync(), "http.response.status_code"));
    }

    [Fact]
    public async Task The_tracestate_of_the_client_reaches_the_destination_beside_the_span_of_the_attempt()
    {
        using var spans = new RecordedSpans();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, spans.TraceParent, "tracestate: vendor=one,other=two\r\n");

        Assert.Equal("vendor=one,other=two", Assert.Single(a.Requests).Header("tracestate"));
    }

    [Theory]
    [InlineData(Sampled, "")]
    [InlineData(Sampled, "tracestate: vendor=one\r\n")]
    public async Task When_nobody_listens_the_context_of_the_client_goes_on_unchanged(string traceParent, string traceState)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, traceParent, traceState);

        var request = Assert.Single(a.Requests);
        Assert.Equal((traceParent, traceState.Length == 0 ? null : "vendor=one"), (request.Header("traceparent"), request.Header("tracestate")));
    }

    [Fact]
    public async Task When_nobody_listens_and_the_client_traces_nothing_no_context_is_made_up()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, traceParent: null);

        Assert.Null(Assert.Single(a.Requests).Header("traceparent"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_web_server_begins_no_activity_of_its_own(bool isSampled)
    {
        using var spans = isSampled ? new RecordedSpans() : null;
        var traceParent = spans?.TraceParent ?? $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
        var begun = new ConcurrentQueue<string>();

        // What is begun without a source, as the web server does, is heard under no name.
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.Length == 0,
            ActivityStarted = activity =>
            {
                if (traceParent.Contains(activity.TraceId.ToString(), StringComparison.Ordinal))
                {
                    begun.Enqueue(activity.OperationName);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await AskAsync(proxy, traceParent);
        using var admin = await RawClient.ConnectAsync(proxy.Addresses.Admin!);
        await admin.AskAsync($"GET /alive HTTP/1.1\r\nHost: localhost\r\ntraceparent: {traceParent}\r\n\r\n");

        Assert.Empty(begun);
    }

    private static async Task AskAsync(ProxyHost proxy, string? traceParent, string otherHeaders = "", string method = "GET")
    {
        using var client = await proxy.ConnectAsync();
        await client.AskAsync($"{method} /page HTTP/1.1\r\nHost: x\r\n{(traceParent is null ? "" : $"traceparent: {traceParent}\r\n")}{otherHeaders}\r\n");
    }

    private static object? Tag(Activity activity, string name) => activity.GetTagItem(name);
}
