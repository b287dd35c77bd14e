using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that neither take nor refuse connections.</summary>
public sealed class BlackHoleTests : IDisposable
{
    private readonly List<FullBacklog> _holes = [];

    public static TheoryData<string> Methods => ["GET", "POST"];

    public void Dispose() => _holes.ForEach(hole => hole.Dispose());

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task When_all_are_such_the_client_gets_503_and_the_time_to_come_again(string method)
    {
        await using var proxy = await ProxyHost.StartAsync(Connect("100ms"), Holes(3));

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Equal(3, proxy.Metrics.Sum("lb.attempts", "lb.outcome=connect_timeout"));
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_waited_for()
    {
        await using var proxy = await ProxyHost.StartAsync(Connect("10m"), Holes(2));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await Eventually.HoldsAsync(() => InFlightAsync(proxy, 1), "the request is there");

        client.Abort();

        await Eventually.HoldsAsync(() => InFlightAsync(proxy, 0), "the request has ended");
        Assert.Equal(0, (await proxy.DescribeAsync("a")).GetProperty("failures").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task The_one_beside_them_gets_the_request_though_requests_may_take_less_time_than_connections(string method)
    {
        await using var b = new FakeDestination();
        var settings = Connect("10m");
        settings["Clusters:web:HttpRequest:ActivityTimeout"] = "200ms";
        await using var proxy = await ProxyHost.StartAsync(settings, [.. Holes(1), b.Address]);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task Of_many_no_more_than_eight_are_waited_for()
    {
        await using var proxy = await ProxyHost.StartAsync(Connect("100ms"), Holes(20));

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.InRange(proxy.Metrics.Sum("lb.attempts"), 1, 8);
    }

    [Fact]
    public async Task Once_known_forty_of_them_cost_no_request_an_attempt()
    {
        await using var works = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Connect("100ms"), [.. Holes(40), works.Address]);

        // The first ones find out, each waiting for eight at most.
        for (var i = 0; i < 40 && proxy.Metrics.Sum("lb.attempts", "lb.outcome=connect_timeout") < 40; i++)
        {
            using var answer = await proxy.Client.GetAsync("/");
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable);
        }

        await AllSucceedAtOnceAsync(proxy, works);
    }

    [Fact]
    public async Task With_probes_no_request_meets_one_once_they_have_been_probed()
    {
        await using var works = new FakeDestination();
        var settings = Connect("10m");
        settings["Clusters:web:HealthCheck:Active:Enabled"] = "true";
        settings["Clusters:web:HealthCheck:Active:Path"] = works.HealthPath;
        settings["Clusters:web:HealthCheck:Active:Timeout"] = "1s";
        await using var proxy = await ProxyHost.StartAsync(settings, [.. Holes(40), works.Address]);
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.health.transitions") >= 41, "all have been probed");

        await AllSucceedAtOnceAsync(proxy, works);
    }

    [Fact]
    public async Task Forty_that_refuse_at_once_are_all_tried_by_the_first_request()
    {
        await using var works = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Connect("10m"), [.. Enumerable.Range(0, 40).Select(_ => DeadAddress.Refusing()), works.Address]);

        using var answer = await proxy.Client.PostAsync("/", new StringContent("hello"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, works.Requests.Count));
    }

    [Fact]
    public async Task A_request_has_a_deadline_whatever_its_attempts_may_take()
    {
        var settings = Connect("10m");
        settings["Clusters:web:HttpRequest:Timeout"] = "500ms";
        await using var proxy = await ProxyHost.StartAsync(settings, Holes(2));

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    private static async Task AllSucceedAtOnceAsync(ProxyHost proxy, FakeDestination works)
    {
        const int requests = 50;

        // A client has its answer a moment before that is counted.
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=success") == works.Requests.Count, "what came before is counted");
        var (attempts, served) = (proxy.Metrics.Sum("lb.attempts"), works.Requests.Count);
        for (var i = 0; i < requests; i++)
        {
            using var answer = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts") - attempts == requests, "the attempts are counted");
        Assert.Equal(requests, works.Requests.Count - served);
    }

    private static Dictionary<string, string?> Connect(string timeout) => new() { ["Clusters:web:HttpClient:ConnectTimeout"] = timeout };

    private static async Task<bool> InFlightAsync(ProxyHost proxy, int count) => (await proxy.DescribeAsync("a")).GetProperty("inFlight").GetInt32() == count;

    private string[] Holes(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _holes.Add(new FullBacklog());
        }

        return [.. _holes.Select(hole => hole.Address)];
    }
}
