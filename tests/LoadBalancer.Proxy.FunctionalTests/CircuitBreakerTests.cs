using System.Net;
using System.Text;
using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A destination whose requests fail gets none for a while, and then one to try it.</summary>
public sealed class CircuitBreakerTests : IAsyncLifetime
{
    private readonly FakeDestination _a = new(Behave.Ok("a"));
    private readonly ManualTimeProvider _clock = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _a.DisposeAsync();

    [Fact]
    public async Task It_opens_by_failures_is_tried_and_closes()
    {
        _a.Next(Behave.Answer(500, ""), Behave.Answer(500, ""));
        await using var proxy = await StartAsync();
        await AskAsync(proxy, 2);
        await WaitAsync(proxy, "Open");

        var whileOpen = await AskAsync(proxy, 1);
        var (until, reason) = await DescribeAsync(proxy);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await WaitAsync(proxy, "HalfOpen");
        var trial = await AskAsync(proxy, 1);
        await WaitAsync(proxy, "Closed");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, 3), (whileOpen, trial, _a.Requests.Count));
        Assert.Equal(("2 failures in a row", _clock.GetUtcNow()), (reason, until));
        Assert.Equal((1, 1, 1), (Moves(proxy, "open"), Moves(proxy, "half_open"), Moves(proxy, "closed")));
        Assert.Contains(proxy.Logs.Records, record => record.Message == "the circuit breaker of the following host is open a (2 failures in a row), for 10s");
        Assert.Contains(proxy.Logs.Records, record => record.Message == "the circuit breaker of the following host is closed a (a trial passed)");
    }

    [Fact]
    public async Task A_trial_that_fails_opens_it_again()
    {
        _a.Next(Behave.Answer(500, ""), Behave.Answer(500, ""), Behave.Answer(500, ""));
        await using var proxy = await StartAsync();
        await AskAsync(proxy, 2);
        await WaitAsync(proxy, "Open");
        _clock.Advance(TimeSpan.FromSeconds(10));
        await WaitAsync(proxy, "HalfOpen");

        await AskAsync(proxy, 1);

        await WaitAsync(proxy, "Open");
    }

    [Fact]
    public async Task The_command_status_shows_it()
    {
        _a.Next(Behave.Answer(500, ""), Behave.Answer(500, ""));
        await using var proxy = await StartAsync();
        await AskAsync(proxy, 2);
        await WaitAsync(proxy, "Open");

        var whileOpen = await StatusAsync(proxy);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await WaitAsync(proxy, "HalfOpen");

        Assert.Contains("Active, breaker open until ", whileOpen, StringComparison.Ordinal);
        Assert.Contains("Active, breaker half-open", await StatusAsync(proxy), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_closes_it()
    {
        _a.Next(Behave.Answer(500, ""), Behave.Answer(500, ""));
        await using var proxy = await StartAsync();
        await AskAsync(proxy, 2);
        await WaitAsync(proxy, "Open");

        using var answer = await proxy.Admin.PatchAsync("/api/clusters/web/destinations/a", new StringContent("""{"breaker":"closed"}""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await WaitAsync(proxy, "Closed");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(proxy, 1));
    }

    private static async Task<string> StatusAsync(ProxyHost proxy)
    {
        using var output = new StringWriter();
        await new ProxyCommandLine(_ => throw new InvalidOperationException("Nothing was to run."), output, output).InvokeAsync(["status", "--admin", proxy.Addresses.Admin!]);
        return output.ToString();
    }

    private static long Moves(ProxyHost proxy, string to) => proxy.Metrics.Sum("lb.breaker.transitions", "lb.destination=a", $"lb.to={to}");

    private static async Task<(DateTimeOffset Until, string? Reason)> DescribeAsync(ProxyHost proxy)
    {
        var destination = await proxy.DescribeAsync("a");
        return (destination.GetProperty("breakerUntil").GetDateTimeOffset(), destination.GetProperty("breakerReason").GetString());
    }

    private static Task WaitAsync(ProxyHost proxy, string state) =>
        Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("breaker").GetString() == state, $"the circuit breaker is {state}");

    private static async Task<HttpStatusCode> AskAsync(ProxyHost proxy, int times)
    {
        var status = default(HttpStatusCode);
        for (var i = 0; i < times; i++)
        {
            using var answer = await proxy.Client.GetAsync("/");
            status = answer.StatusCode;
        }

        return status;
    }

    private Task<ProxyHost> StartAsync() => ProxyHost.StartAsync(_clock, new() { ["Clusters:web:CircuitBreaker:ConsecutiveFailures"] = "2" }, _a.Address);
}
