using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How probes come to a verdict.</summary>
public sealed class ActiveHealthTests
{
    private const string Active = "Clusters:web:HealthCheck:Active:";

    [Theory]
    [InlineData(200, "Healthy")]
    [InlineData(500, "Unhealthy")]
    public async Task The_first_probe_is_sent_at_once_and_decides_at_once(int status, string verdict)
    {
        await using var a = new FakeDestination { Health = Behave.Answer(status, "") };
        var settings = ProxyHost.QuickProbes(rise: 5, fall: 5);
        settings[Active + "Interval"] = "1h";
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);

        await proxy.WaitForHealthAsync("a", verdict);
    }

    [Fact]
    public async Task Probes_may_ask_in_another_HTTP_version_than_requests_do()
    {
        await using var destination = await Http2Destination.StartAsync();
        await using var health = new FakeDestination();
        var settings = ProxyHost.QuickProbes();
        settings["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact";
        settings["Clusters:web:Destinations:a:Health"] = health.Address;
        settings[Active + "Version"] = "1.1";
        await using var proxy = await ProxyHost.StartAsync(settings, destination.Address);

        await proxy.WaitForHealthAsync("a", "Healthy");
        await proxy.Client.GetStringAsync("/");

        Assert.Equal("HTTP/2", destination.Requests[0].Protocol);
    }

    [Fact]
    public async Task Without_probes_the_verdict_is_unknown_and_the_destination_serves()
    {
        await using var a = new FakeDestination(Behave.Ok("a")) { Health = Behave.Answer(500, "") };
        await using var proxy = await ProxyHost.StartAsync(a);

        Assert.Equal(("a", "Unknown"), (await proxy.Client.GetStringAsync("/"), (await proxy.DescribeAsync("a")).GetProperty("health").GetString()));
    }

    [Theory]
    [InlineData(1, 2, new[] { 200, 500 }, "Healthy")]
    [InlineData(1, 2, new[] { 200, 500, 500 }, "Unhealthy")]
    [InlineData(1, 2, new[] { 200, 500, 200, 500 }, "Healthy")]
    [InlineData(1, 3, new[] { 200, 500, 500, 200, 500, 500, 500 }, "Unhealthy")]
    [InlineData(2, 1, new[] { 200, 500, 200 }, "Unhealthy")]
    [InlineData(2, 1, new[] { 200, 500, 200, 200 }, "Healthy")]
    [InlineData(2, 1, new[] { 200, 500, 200, 500, 200 }, "Unhealthy")]
    public async Task The_verdict_changes_after_as_many_contrary_probes_in_a_row_as_the_options_say(int rise, int fall, int[] found, string verdict)
    {
        var probes = new ScriptedProbes();
        await using var a = new FakeDestination { Health = probes.AnswerAsync };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(rise, fall, timeout: "1m"), a.Address);

        await probes.FindAsync(found);

        Assert.Equal(verdict, (await proxy.DescribeAsync("a")).GetProperty("health").GetString());
    }

    [Theory]
    [InlineData(null, 204, "Healthy")]
    [InlineData(null, 302, "Healthy")]
    [InlineData(null, 404, "Unhealthy")]
    [InlineData("200-299", 302, "Unhealthy")]
    [InlineData("204,418", 418, "Healthy")]
    [InlineData("204,418", 200, "Unhealthy")]
    public async Task The_statuses_that_pass_are_those_of_the_options(string? statuses, int found, string verdict)
    {
        await using var a = new FakeDestination { Health = Behave.Answer(found, "", "Location: http://127.0.0.1:1/") };
        var settings = ProxyHost.QuickProbes();
        settings[Active + "Statuses"] = statuses;
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);

        await proxy.WaitForHealthAsync("a", verdict);
    }

    [Fact]
    public async Task A_probe_asks_for_the_path_and_query_of_the_options_with_the_Host_of_the_destination()
    {
        var probe = new TaskCompletionSource<FakeRequest>();
        await using var a = new FakeDestination
        {
            HealthPath = "/up",
            Health = exchange =>
            {
                probe.TrySetResult(exchange.Request);
                return Behave.Ok("")(exchange);
            },
        };
        var settings = ProxyHost.QuickProbes();
        settings[Active + "Path"] = "/up";
        settings[Active + "Query"] = "?full=1";
        settings["Clusters:web:Destinations:a:Host"] = "inner.example";
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);

        var request = await probe.Task.InTime();

        Assert.Equal(("GET", "/up?full=1", "inner.example"), (request.Method, request.Target, request.Header("Host")));
    }

    [Fact]
    public async Task A_destination_with_a_health_address_is_probed_there_and_gets_its_traffic_at_its_own()
    {
        await using var probed = new FakeDestination(Behave.Ok("wrong"));
        await using var a = new FakeDestination(Behave.Ok("a")) { Health = Behave.Answer(500, "") };
        var settings = ProxyHost.QuickProbes();
        settings["Clusters:web:Destinations:a:Health"] = probed.Address;
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");

        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task The_probe_of_a_destination_that_hangs_delays_no_other()
    {
        var probes = new ScriptedProbes();
        await using var hung = new FakeDestination { Health = Behave.Hang() };
        await using var b = new FakeDestination { Health = probes.AnswerAsync };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(timeout: "1h"), hung.Address, b.Address);

        await probes.FindAsync(200, 200, 200, 500);

        Assert.Equal(("Unknown", "Unhealthy"), (await HealthAsync("a"), await HealthAsync("b")));

        async Task<string?> HealthAsync(string destination) => (await proxy.DescribeAsync(destination)).GetProperty("health").GetString();
    }

    [Fact]
    public async Task A_stop_ends_the_probe_under_way()
    {
        var (came, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var a = new FakeDestination
        {
            Health = async exchange =>
            {
                came.TrySetResult();
                await exchange.WaitForCloseAsync();
                left.TrySetResult();
            },
        };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(timeout: "1h"), a.Address);
        await came.Task.InTime();

        await proxy.StopAsync().InTime();

        await left.Task.InTime();
    }

    [Fact]
    public async Task After_a_stop_no_further_probe_is_planned()
    {
        var clock = new ManualTimeProvider();
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(clock, ProxyHost.QuickProbes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");

        await proxy.StopAsync().InTime();

        Assert.Equal(0, clock.ArmedTimers);
    }
}
