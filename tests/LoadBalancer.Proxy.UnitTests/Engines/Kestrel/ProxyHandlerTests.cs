using System.Diagnostics;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class ProxyHandlerTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddMetrics().AddSingleton<ProxyMetrics>().AddHttpForwarder().BuildServiceProvider();
    private readonly RecordedMetrics _measured;
    private readonly ClusterRegistry _registry;
    private readonly Dictionary<string, Wire> _destinations = [];
    private readonly ScriptedWire _wire;

    public ProxyHandlerTests()
    {
        _measured = new RecordedMetrics(_services);
        _registry = new ClusterRegistry(TimeProvider.System, Pickers.Create, _services.GetRequiredService<ProxyMetrics>());
        _wire = new ScriptedWire(_clock, host => _destinations[host]);
    }

    public void Dispose()
    {
        _measured.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_request_is_sent_to_one_destination()
    {
        var asking = await AskAsync("GET", ("a", Wire.Ok), ("b", Wire.Ok));

        Assert.Equal(("a", 200), (_wire.Asked, asking.Response.StatusCode));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_destination_that_cannot_be_reached_costs_the_client_nothing(string method)
    {
        var asking = await AskAsync(method, ("a", Wire.Refused), ("b", Wire.Ok));

        Assert.Equal(("a b", 200), (_wire.Asked, asking.Response.StatusCode));
    }

    [Theory]
    [InlineData("GET", "a b", 200)]
    [InlineData("PUT", "a b", 200)]
    [InlineData("POST", "a", 502)]
    [InlineData("PATCH", "a", 502)]
    public async Task A_connection_that_broke_is_tried_elsewhere_by_methods_that_may_be_repeated(string method, string asked, int status)
    {
        var asking = await AskAsync(method, ("a", Wire.Broken), ("b", Wire.Ok));

        Assert.Equal((asked, status), (_wire.Asked, asking.Response.StatusCode));
    }

    [Theory]
    [InlineData("GET", "a b", 200)]
    [InlineData("POST", "a", 502)]
    public async Task So_is_what_was_answered_with_nonsense(string method, string asked, int status)
    {
        var asking = await AskAsync(method, ("a", Wire.Nonsense), ("b", Wire.Ok));

        Assert.Equal((asked, status), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task Every_destination_is_tried_once_when_none_can_be_reached()
    {
        var asking = await AskAsync("POST", ("a", Wire.Refused), ("b", Wire.Refused), ("c", Wire.Refused), ("d", Wire.Refused), ("e", Wire.Refused));

        Assert.Equal(["a", "b", "c", "d", "e"], _wire.Asked.Split(' ').Order());
        Assert.Equal((503, "1"), (asking.Response.StatusCode, asking.Response.Headers.RetryAfter.ToString()));
    }

    [Fact]
    public async Task No_request_is_sent_more_than_three_times()
    {
        var asking = await AskAsync("GET", ("a", Wire.Broken), ("b", Wire.Broken), ("c", Wire.Broken), ("d", Wire.Broken));

        Assert.Equal((3, 502), (_wire.Asked.Split(' ').Length, asking.Response.StatusCode));
    }

    [Theory]
    [InlineData("GET", "a a a", 502)]
    [InlineData("POST", "a", 502)]
    public async Task Where_there_is_no_other_destination_a_connection_that_broke_is_tried_again_on_the_same(string method, string asked, int status)
    {
        var asking = await AskAsync(method, ("a", Wire.Broken));

        Assert.Equal((asked, status), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task A_destination_that_could_not_be_reached_gets_no_second_chance()
    {
        var asking = await AskAsync("GET", ("a", Wire.Broken), ("b", Wire.Refused));

        Assert.Equal(("a b a a", 502), (_wire.Asked, asking.Response.StatusCode));
    }

    [Theory]
    [InlineData(Wire.TooSlow, 504)]
    [InlineData(Wire.Unavailable, 503)]
    public async Task What_may_have_been_acted_on_is_not_tried_elsewhere(object failure, int status)
    {
        var asking = await AskAsync("GET", ("a", (Wire)failure), ("b", Wire.Ok));

        Assert.Equal(("a", status), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task Without_destinations_the_answer_is_503_and_names_the_cluster()
    {
        var asking = await AskAsync("GET");

        Assert.Equal(("", 503), (_wire.Asked, asking.Response.StatusCode));
        Assert.Contains("\"cluster\":\"web\"", asking.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_no_route_matches_is_404()
    {
        var asking = new Asking();

        await Handler(new RouteTable([])).HandleAsync(asking.Context);

        Assert.Equal(("", 404), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task A_request_that_is_never_passed_on_reaches_no_destination()
    {
        var asking = await AskAsync("TRACE", ("a", Wire.Ok));

        Assert.Equal(("", 405), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task A_refusal_has_the_id_that_the_client_sent()
    {
        var asking = new Asking();
        asking.Headers["X-Request-Id"] = "theirs";

        await AskAsync(asking, ("a", Wire.TooSlow));

        Assert.Equal("theirs", asking.Response.Headers["X-Request-Id"].ToString());
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData(null)]
    public async Task An_id_that_cannot_be_kept_is_replaced(string? sent)
    {
        var asking = new Asking();
        asking.Headers["X-Request-Id"] = sent;

        await AskAsync(asking, ("a", Wire.TooSlow));

        Assert.Matches("^[0-9a-f]{32}$", asking.Response.Headers["X-Request-Id"].ToString());
    }

    [Fact]
    public async Task A_further_attempt_sends_the_body_again()
    {
        await AskAsync(new Asking("PUT").With("hello"), ("a", Wire.Broken), ("b", Wire.Ok));

        Assert.Equal(["hello", "hello"], _wire.Bodies);
    }

    [Fact]
    public async Task A_body_too_long_to_be_kept_is_not_sent_again()
    {
        var asking = await AskAsync(new Asking("PUT").With(new string('x', PumpedBody.Limit + 1)), ("a", Wire.Broken), ("b", Wire.Ok));

        Assert.Equal(("a", 502), (_wire.Asked, asking.Response.StatusCode));
    }

    [Fact]
    public async Task A_failed_attempt_leaves_nothing_on_the_answer()
    {
        var asking = await AskAsync("GET", ("a", Wire.Broken), ("b", Wire.Ok));

        Assert.Equal((200, "6\r\nfrom b\r\n0\r\n\r\n"), (asking.Response.StatusCode, asking.Answer));
    }

    [Fact]
    public async Task A_client_that_left_is_nobodys_fault_and_nothing_more_is_tried()
    {
        var asking = new Asking();
        asking.Context.RequestAborted = new CancellationToken(canceled: true);

        await AskAsync(asking, ("a", Wire.Left), ("b", Wire.Ok));

        var load = _registry.Find("web")!.Named("a").Load;
        Assert.Equal(("a", 1L, 0L, 499), (_wire.Asked, load.Attempts, load.Failures, asking.Response.StatusCode));
    }

    [Fact]
    public async Task Attempts_are_in_flight_while_they_last_and_counted_after()
    {
        var inFlight = 0;
        _registry.Apply([Make.Cluster("web", new(), "a")]);
        var destination = _registry.Find("web")!.Named("a");
        using var wire = new ScriptedWire(_clock, _ =>
        {
            inFlight = destination.Load.InFlight;
            return Wire.Nonsense;
        });

        await Handler(Table(), wire).HandleAsync(new Asking().Context);

        Assert.Equal((1, 0, 1L, 1L), (inFlight, destination.Load.InFlight, destination.Load.Attempts, destination.Load.Failures));
    }

    [Fact]
    public async Task A_defect_is_told_and_leaves_nothing_in_flight()
    {
        var asking = new Asking();
        _registry.Apply([Make.Cluster("web", new(), "a")]);
        var router = new Router();
        router.Publish(Table());

        // Without a wire, the engine fails where it should have one.
        await new ProxyHandler(router, _services.GetRequiredService<IHttpForwarder>(), Make.Engine(_clock, null, _services.GetRequiredService<ProxyMetrics>())).HandleAsync(asking.Context);

        Assert.Equal((500, 0), (asking.Response.StatusCode, _registry.Find("web")!.Named("a").Load.InFlight));
        Assert.Equal(1, _measured.Sum("lb.requests", "lb.cluster=web", "lb.outcome=defect"));
    }

    [Fact]
    public async Task A_defect_in_the_middle_of_an_attempt_looks_like_one()
    {
        var asking = new Asking();
        using var spans = new RecordedSpans();
        using var logs = new RecordedLogs();
        using var loggers = new LoggerFactory([logs]);
        asking.Headers.TraceParent = spans.TraceParent;
        _registry.Apply([Make.Cluster("web", new(), "a", "b")]);
        using var wire = new ScriptedHandler((_, _) => throw new InvalidOperationException("A defect."));
        var router = new Router();
        router.Publish(Table());
        var engine = Make.Engine(_clock, wire, _services.GetRequiredService<ProxyMetrics>()) with { Logger = loggers.CreateLogger<EngineServices>() };

        await new ProxyHandler(router, _services.GetRequiredService<IHttpForwarder>(), engine).HandleAsync(asking.Context);

        var (request, attempt) = (await spans.WaitForRequestAsync(), Assert.Single(await spans.WaitForAttemptsAsync()));
        var load = _registry.Find("web")!.Named("a").Load;
        Assert.Equal((500, 0, 0L), (asking.Response.StatusCode, load.InFlight, load.Failures));
        Assert.Equal((ActivityStatusCode.Error, "defect", 500), (request.Status, request.GetTagItem("lb.outcome"), request.GetTagItem("http.response.status_code")));
        Assert.Equal("cancelled", attempt.GetTagItem("lb.outcome"));
        Assert.Equal((1, 0), (_measured.Sum("lb.requests", "lb.cluster=web", "lb.outcome=defect"), _measured.Sum("lb.attempts", "lb.outcome=client_left")));
        var record = Assert.Single(logs.Records, record => record.Level == LogLevel.Error);
        Assert.Contains("A defect.", record.Exception!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_goes_out_between_two_attempts_is_not_tried()
    {
        _registry.Apply([Make.Cluster("web", Make.Probed, "a", "b", "c")]);
        var web = _registry.Find("web")!;
        using var wire = new ScriptedWire(_clock, host =>
        {
            _registry.ReportProbe(web, web.Named("b"), Make.Failure);
            return host == "a" ? Wire.Refused : Wire.Ok;
        });

        await Handler(Table(), wire).HandleAsync(new Asking().Context);

        Assert.Equal("a c", wire.Asked);
    }

    [Fact]
    public async Task Requests_attempts_and_retries_are_measured()
    {
        await AskAsync("GET", ("a", Wire.Refused), ("b", Wire.Ok));

        Assert.Equal(
            (1, 1, 1, 1),
            (_measured.Sum("lb.requests", "lb.cluster=web", "lb.destination=b", "lb.outcome=success"),
                _measured.Sum("lb.attempts", "lb.destination=a", "lb.outcome=connect_failed"),
                _measured.Sum("lb.attempts", "lb.destination=b", "lb.outcome=success"),
                _measured.Sum("lb.retries", "lb.destination=b")));
    }

    [Fact]
    public async Task A_request_without_a_destination_is_measured_as_such()
    {
        await AskAsync("GET");

        Assert.Equal(1, _measured.Sum("lb.requests", "lb.cluster=web", "lb.outcome=no_destination"));
    }

    private Task<Asking> AskAsync(string method, params (string Name, Wire Behaviour)[] destinations) => AskAsync(new Asking(method), destinations);

    private async Task<Asking> AskAsync(Asking asking, params (string Name, Wire Behaviour)[] destinations)
    {
        foreach (var (name, behaviour) in destinations)
        {
            _destinations.Add(name, behaviour);
        }

        _registry.Apply([Make.Cluster("web", new(), [.. _destinations.Keys])]);
        await Handler(Table()).HandleAsync(asking.Context);
        return asking;
    }

    private RouteTable Table() => RouteTable.Create(new LoadBalancerOptions { Clusters = new Dictionary<string, ClusterOptions> { ["web"] = new() } }, _registry.Find);

    private ProxyHandler Handler(RouteTable table, ScriptedWire? wire = null)
    {
        var router = new Router();
        router.Publish(table);
        return new ProxyHandler(router, _services.GetRequiredService<IHttpForwarder>(), Make.Engine(_clock, wire ?? _wire, _services.GetRequiredService<ProxyMetrics>()));
    }
}
