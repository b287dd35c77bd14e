using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What probes do, over the real wire.</summary>
public sealed class ProbeKindTests
{
    private const string Active = "Clusters:web:HealthCheck:Active:";

    [Fact]
    public async Task A_TCP_probe_passes_where_a_connection_is_taken_and_sends_nothing()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(Probes(("Kind", "Tcp")), a.Address, DeadAddress.Refusing());

        await proxy.WaitForHealthAsync("a", "Healthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");

        Assert.Equal(("connected", "connection refused", 0), (await ReasonAsync(proxy, "a"), await ReasonAsync(proxy, "b"), a.Requests.Count));
    }

    [Theory]
    [InlineData(null, "gRPC health: serving", "gRPC health: not serving")]
    [InlineData("orders", "gRPC health: serving", "gRPC health: not serving")]
    public async Task A_gRPC_probe_passes_as_long_as_the_service_serves(string? service, string up, string down)
    {
        await using var a = await GrpcDestination.StartAsync();
        a.Set(service ?? "", serves: true);
        await using var proxy = await ProxyHost.StartAsync(Probes(("Kind", "Grpc"), ("Service", service)), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");
        var reason = await ReasonAsync(proxy, "a");

        a.Set(service ?? "", serves: false);
        await proxy.WaitForHealthAsync("a", "Unhealthy");

        Assert.Equal((up, down), (reason, await ReasonAsync(proxy, "a")));
    }

    [Fact]
    public async Task A_gRPC_probe_of_a_service_that_is_not_there_fails()
    {
        await using var a = await GrpcDestination.StartAsync();
        await using var proxy = await ProxyHost.StartAsync(Probes(("Kind", "Grpc"), ("Service", "nobody")), a.Address);

        await proxy.WaitForHealthAsync("a", "Unhealthy");

        Assert.Equal("gRPC status: NotFound", await ReasonAsync(proxy, "a"));
    }

    [Fact]
    public async Task A_gRPC_probe_of_a_server_that_does_not_speak_it_fails()
    {
        await using var a = new FakeDestination();
        await using var b = await Http2Destination.StartAsync();
        await using var proxy = await ProxyHost.StartAsync(Probes(("Kind", "Grpc")), a.Address, b.Address);

        await proxy.WaitForHealthAsync("a", "Unhealthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");
    }

    [Fact]
    public async Task A_probe_asks_with_the_method_and_headers_of_the_options()
    {
        var probe = new TaskCompletionSource<FakeRequest>();
        await using var a = new FakeDestination
        {
            Health = exchange =>
            {
                probe.TrySetResult(exchange.Request);
                return Behave.Ok("")(exchange);
            },
        };
        await using var proxy = await ProxyHost.StartAsync(Probes(("Method", "OPTIONS"), ("Headers:X-Probe", "1"), ("Headers:Host", "inner.example")), a.Address);

        var request = await probe.Task.InTime();

        Assert.Equal(("OPTIONS", "1", "inner.example"), (request.Method, request.Header("X-Probe"), request.Header("Host")));
    }

    [Fact]
    public async Task A_probe_goes_by_the_text_in_the_answer()
    {
        await using var a = new FakeDestination { Health = Behave.Ok("all is ready") };
        await using var b = new FakeDestination { Health = Behave.Ok("starting") };
        await using var proxy = await ProxyHost.StartAsync(Probes(("Body", "ready")), a.Address, b.Address);

        await proxy.WaitForHealthAsync("a", "Healthy");
        await proxy.WaitForHealthAsync("b", "Unhealthy");

        Assert.Equal("status code: 200, without 'ready' in the body", await ReasonAsync(proxy, "b"));
    }

    [Fact]
    public async Task A_probe_goes_to_the_port_of_the_options()
    {
        await using var a = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var health = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Probes(("Port", $"{health.Port}")), a.Address);

        await proxy.WaitForHealthAsync("a", "Healthy");
    }

    // frankendeploy #94: probes waited behind slow requests, and the only backend was taken out under load.
    [Fact]
    public async Task A_probe_never_waits_behind_traffic()
    {
        var release = new TaskCompletionSource();
        var probes = new ScriptedProbes();
        await using var a = new FakeDestination(Behave.After(release.Task, Behave.Ok("a"))) { Health = probes.AnswerAsync };
        var settings = Probes(("Timeout", "1m"));
        settings["Clusters:web:HttpClient:MaxConnectionsPerServer"] = "1";
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);
        var requests = Enumerable.Range(0, 10).Select(_ => proxy.Client.GetStringAsync("/")).ToArray();
        await a.WaitForRequestAsync();

        await probes.FindAsync(200, 200, 200);
        Assert.Equal("Healthy", (await proxy.DescribeAsync("a")).GetProperty("health").GetString());

        release.SetResult();
        Assert.All(await Task.WhenAll(requests).InTime(), answer => Assert.Equal("a", answer));
    }

    private static Dictionary<string, string?> Probes(params (string Key, string? Value)[] settings)
    {
        var all = ProxyHost.QuickProbes();
        if (Array.Exists(settings, setting => setting.Key == "Kind"))
        {
            all.Remove(Active + "Path");
        }

        foreach (var (key, value) in settings)
        {
            all[Active + key] = value;
        }

        return all;
    }

    private static async Task<string?> ReasonAsync(ProxyHost proxy, string destination) => (await proxy.DescribeAsync(destination)).GetProperty("reason").GetString();
}
