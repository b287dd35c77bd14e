using System.Net;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Routes that let so many requests through in a time, on a clock that the test moves.</summary>
public abstract class RateLimitTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task A_request_too_many_gets_429_with_the_seconds_to_wait()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "2"), ("Per", "3s"));
        await AskAsync(proxy, times: 2);

        using var answer = await proxy.Client.GetAsync("/");

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(2)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Equal(("Too many requests", 429, "web"), (Text(problem, "title"), problem.RootElement.GetProperty("status").GetInt32(), Text(problem, "cluster")));
        Assert.Single(answer.Headers.GetValues("X-Request-Id"));
    }

    [Fact]
    public async Task It_never_reaches_the_destination()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "2"));

        Assert.Equal("200 200 429 429", await AskAsync(proxy, times: 4));
        Assert.Equal(2, destination.Requests.Count);
        Assert.Equal(2, (await proxy.DescribeClusterAsync("web")).GetProperty("shed").GetInt64());
    }

    [Fact]
    public async Task After_the_time_told_there_is_room_again()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"), ("Per", "1m"));
        Assert.Equal("200 429", await AskAsync(proxy, times: 2));

        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("200 429", await AskAsync(proxy, times: 2));
    }

    [Fact]
    public async Task A_burst_of_its_own_says_how_many_may_come_at_once()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "100"), ("Burst", "3"));

        Assert.Equal("200 200 200 429", await AskAsync(proxy, times: 4));
    }

    [Fact]
    public async Task A_body_that_comes_with_it_is_not_waited_for()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"));
        await AskAsync(proxy, times: 1);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst");

        Assert.Equal(429, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task Clients_behind_a_trusted_proxy_are_told_apart_IPv6_by_64_bits()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"));

        var statuses = await AskAsync(proxy, "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 192.0.2.2", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 2001:db8::1", "X-Forwarded-For: 2001:db8::1:2");

        Assert.Equal("200 200 429 200 429", statuses);
    }

    [Fact]
    public async Task Each_value_of_a_header_has_its_limit_and_requests_without_it_that_of_their_client()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"), ("By", "Header"), ("Header", "X-Api-Key"));

        Assert.Equal("200 200 429 200 429", await AskAsync(proxy, "X-Api-Key: 1", "X-Api-Key: 2", "x-api-key: 1", "X: y", "X-Api-Key:"));
    }

    [Fact]
    public async Task Other_routes_do_not_count()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProxyHost.StartAsync(
            _clock,
            new() { ["Routes:api:ClusterId"] = "web", ["Routes:api:Match:Path"] = "/api", ["Routes:api:RateLimit:Requests"] = "1", ["Routes:rest:ClusterId"] = "web" },
            destination.Address);

        var statuses = new List<int>();
        foreach (var path in (string[])["/api", "/", "/", "/api"])
        {
            using var answer = await proxy.Client.GetAsync(path);
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal("200 200 200 429", string.Join(' ', statuses));
    }

    [Fact]
    public async Task What_is_refused_is_counted()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"), ("By", "Route"));

        await AskAsync(proxy, times: 3);

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.cluster=web", "lb.outcome=shed") == 2, "both are counted as requests");
        Assert.Equal(2, proxy.Metrics.Sum("lb.shed", "lb.cluster=web", "lb.route=all", "lb.reason=rate_limit"));
    }

    [Fact]
    public async Task Keys_that_had_to_make_room_are_counted()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(destination, ("Requests", "1"), ("Per", "1h"), ("By", "Header"), ("Header", "X-Key"), ("MaxKeys", "100"));
        using var client = await proxy.ConnectAsync();

        for (var key = 0; key < 400; key++)
        {
            await client.AskAsync(RawRequest.Get("/", $"X-Key: {key}"));
        }

        Assert.InRange(proxy.Metrics.Sum("lb.rate_limit.evicted", "lb.route=all"), 100, 300);
    }

    [Theory]
    [InlineData(1, "429 429 429")]
    [InlineData(2, "200 200 429")]
    public async Task A_reload_that_leaves_the_limit_as_it_is_forgets_nothing(int requests, string after)
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        using var file = new ConfigFile(Json(destination, requests: 1, order: 0));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path }, services => services.AddSingleton<TimeProvider>(_clock));
        Assert.Equal("200 429", await AskAsync(proxy, times: 2));

        file.Write(Json(destination, requests, order: 7));
        await Eventually.HoldsAsync(
            () =>
            {
                // Far less than the hour of the limit.
                _clock.Advance(TimeSpan.FromSeconds(1));
                return proxy.Logs.Records.Any(record => record.Message.Contains("configuration reloaded", StringComparison.Ordinal));
            },
            "the configuration is reloaded");

        Assert.Equal(after, await AskAsync(proxy, times: 3));
    }

    private static string Json(FakeDestination destination, int requests, int order) => $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "none" },
          "Routes": { "all": { "ClusterId": "web", "Order": {{order}}, "RateLimit": { "Requests": {{requests}}, "Per": "1h" } } },
          "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
        }
        """;

    private static string? Text(JsonDocument problem, string name) => problem.RootElement.GetProperty(name).GetString();

    // Statuses, one after the other.
    private static Task<string> AskAsync(ProxyHost proxy, int times) => AskAsync(proxy, [.. Enumerable.Repeat("X: y", times)]);

    private static async Task<string> AskAsync(ProxyHost proxy, params string[] lines)
    {
        using var client = await proxy.ConnectAsync();
        var statuses = new List<int>();
        foreach (var line in lines)
        {
            statuses.Add((await client.AskAsync(RawRequest.Get("/", line))).Status);
        }

        return string.Join(' ', statuses);
    }

    private Task<ProxyHost> StartAsync(FakeDestination destination, params (string Key, string Value)[] limit)
    {
        var settings = new Dictionary<string, string?> { ["Routes:all:ClusterId"] = "web", ["TrustedProxies:0"] = "127.0.0.0/8" };
        foreach (var (key, value) in limit)
        {
            settings[$"Routes:all:RateLimit:{key}"] = value;
        }

        return ProxyHost.StartAsync(_clock, settings, destination.Address);
    }
}
