using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Routing;
using LoadBalancer.Proxy.UnitTests.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class RequestRateTests
{
    private static readonly byte[] One = [192, 0, 2, 1];
    private static readonly byte[] Other = [192, 0, 2, 2];

    private readonly ProxyMetrics _metrics = new(new MeterFactory());

    [Fact]
    public void A_request_too_many_is_told_when_to_come_again()
    {
        var route = RouteWith(new() { Requests = 1, Per = TimeSpan.FromSeconds(90) });

        Assert.Null(Check(route, One));
        Assert.Equal((429, 90), Check(route, One) is { } refusal ? (refusal.Status, refusal.RetryAfter) : default);
    }

    [Fact]
    public void Each_client_has_a_limit_of_its_own()
    {
        var route = RouteWith(new() { Requests = 1 });
        Check(route, One);

        Assert.Null(Check(route, Other));
    }

    [Fact]
    public void All_requests_of_a_route_have_one_limit_where_that_is_wanted()
    {
        var route = RouteWith(new() { Requests = 1, By = RateLimitKey.Route });
        Check(route, One);

        Assert.NotNull(Check(route, Other, "key"));
    }

    [Fact]
    public void Each_value_of_the_header_has_a_limit_of_its_own_from_wherever_it_comes()
    {
        var route = RouteWith(new() { Requests = 1, By = RateLimitKey.Header, Header = "X-Api-Key" });
        Check(route, One, "key-1");

        Assert.Equal((false, true), (Check(route, Other, "key-1") is null, Check(route, One, "key-2") is null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Requests_without_the_header_have_the_limit_of_their_client(string? value)
    {
        var route = RouteWith(new() { Requests = 1, By = RateLimitKey.Header, Header = "X-Api-Key" });
        Check(route, One, value);

        Assert.Equal((false, true, true), (Check(route, One, value) is null, Check(route, Other, value) is null, Check(route, One, "key") is null));
    }

    [Fact]
    public void A_value_of_the_header_takes_nothing_from_the_client_whose_address_has_the_same_bytes()
    {
        var route = RouteWith(new() { Requests = 1, By = RateLimitKey.Header, Header = "X-Api-Key" });
        Check(route, [0xC0, 0xC1, 0xC2, 0xC3]);

        Assert.Null(Check(route, One, "\u00c0\u00c1\u00c2\u00c3"));
    }

    [Fact]
    public void Clients_without_an_address_share_a_limit()
    {
        var route = RouteWith(new() { Requests = 1 });
        Check(route, []);

        Assert.NotNull(Check(route, []));
    }

    [Fact]
    public void A_request_that_is_let_through_allocates_nothing()
    {
        var (route, ask, now) = (RouteWith(new() { Requests = 1_000_000, By = RateLimitKey.Header, Header = "X-Api-Key" }), AskWith("key"), 0L);

        Assert.Equal(0, Allocated.By(1_000, () => Assert.True(RequestRate.Check(route, route.Cluster!, route.RateLimiter!, ask, One, ++now, _metrics) is null)));
    }

    private static Route RouteWith(RateLimitOptions limit) => new("r", new(), Make.Cluster(new(), "a")) { RateLimiter = new RateLimiter(limit) };

    private static Ask AskWith(string? key)
    {
        var ask = new Ask();
        if (key is not null)
        {
            ask.Headers["X-Api-Key"] = key;
        }

        return ask;
    }

    private Refusal? Check(Route route, byte[] client, string? key = null) => RequestRate.Check(route, route.Cluster!, route.RateLimiter!, AskWith(key), client, now: 0, _metrics);
}
