using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the meter counts, and with which tags.</summary>
public abstract class MetricsTests
{
    public static TheoryData<string, Behaviour> Outcomes => new()
    {
        { "success", Behave.Answer(404, "") },
        { "server_error", Behave.Answer(500, "") },
        { "reset", Behave.Reset() },
        { "timeout", Behave.Hang() },
        { "invalid_answer", Behave.RawThenClose("nonsense\r\n\r\n") },
        { "answer_broken", Behave.RawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello") },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task An_attempt_is_counted_with_cluster_destination_and_outcome(string outcome, Behaviour behaviour)
    {
        await using var a = new FakeDestination(behaviour);
        await using var proxy = await ProxyHost.StartAsync(PatienceFor(outcome), a.Address);
        await PostAsync(proxy);

        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.cluster=web", "lb.destination=a", $"lb.outcome={outcome}"));
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task A_request_is_counted_with_the_destination_and_outcome_of_its_last_attempt(string outcome, Behaviour behaviour)
    {
        await using var b = new FakeDestination(behaviour);
        await using var proxy = await ProxyHost.StartAsync(PatienceFor(outcome), DeadAddress.Refusing(), b.Address);
        await PostAsync(proxy);

        Assert.Equal(1, proxy.Metrics.Sum("lb.requests"));
        Assert.Equal(1, proxy.Metrics.Sum("lb.requests", "lb.cluster=web", "lb.destination=b", $"lb.outcome={outcome}"));
    }

    [Fact]
    public async Task A_refused_connection_is_an_attempt_of_its_own()
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);
        await PostAsync(proxy);

        Assert.Equal(
            (1, 1, 2),
            (proxy.Metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=connect_failed"),
                proxy.Metrics.Sum("lb.attempts", "lb.destination=b", "lb.outcome=success"),
                proxy.Metrics.Sum("lb.attempts")));
    }

    [Fact]
    public async Task A_connection_not_made_in_time_has_an_outcome_of_its_own()
    {
        using var a = new FullBacklog();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Clusters:web:HttpClient:ConnectTimeout"] = "200ms" }, a.Address);
        await PostAsync(proxy);

        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=connect_timeout"));
    }

    [Fact]
    public async Task A_retry_is_counted_for_the_destination_that_it_goes_to()
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);
        await PostAsync(proxy);

        Assert.Equal((1, 1), (proxy.Metrics.Sum("lb.retries", "lb.cluster=web", "lb.destination=b"), proxy.Metrics.Sum("lb.retries")));
    }

    [Fact]
    public async Task A_request_that_succeeds_at_once_is_no_retry()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        await PostAsync(proxy);

        Assert.Equal(0, proxy.Metrics.Sum("lb.retries"));
    }

    [Fact]
    public async Task A_request_without_a_destination_to_go_to_is_counted_without_one()
    {
        await using var proxy = await ProxyHost.StartAsync([], []);
        await PostAsync(proxy);

        Assert.Equal((1, 0), (proxy.Metrics.Sum("lb.requests", "lb.cluster=web", "lb.outcome=no_destination"), proxy.Metrics.Sum("lb.attempts")));
    }

    [Fact]
    public async Task A_destination_is_available_until_it_is_unhealthy()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");
        var before = proxy.Metrics.Observe("lb.destination.available", "lb.cluster=web", "lb.destination=a");

        a.Health = Behave.Answer(500, "");
        await proxy.WaitForHealthAsync("a", "Unhealthy");

        Assert.Equal((1, 0), (before, proxy.Metrics.Observe("lb.destination.available", "lb.cluster=web", "lb.destination=a")));
    }

    [Fact]
    public async Task Requests_in_flight_are_seen_per_destination()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await a.WaitForRequestAsync();

        Assert.Equal((1, 0), (InFlight("a"), InFlight("b")));

        long InFlight(string destination) => proxy.Metrics.Observe("lb.destination.inflight", "lb.cluster=web", $"lb.destination={destination}");
    }

    [Fact]
    public async Task A_request_is_measured_by_the_semantic_conventions()
    {
        await using var a = new FakeDestination(Behave.Answer(404, ""));
        await using var proxy = await ProxyHost.StartAsync(a);
        await PostAsync(proxy);

        Assert.Equal(1, proxy.Metrics.Count("http.server.request.duration"));
        Assert.Equal(
            1, proxy.Metrics.Count("http.server.request.duration", "http.request.method=POST", "http.response.status_code=404", "network.protocol.version=1.1", "url.scheme=http"));
    }

    [Fact]
    public async Task Each_attempt_is_measured_with_the_address_of_its_destination_whatever_the_client_says_in_Host()
    {
        await using var b = new FakeDestination();
        var dead = DeadAddress.Refusing();
        await using var proxy = await ProxyHost.StartAsync(dead, b.Address);
        await PostAsync(proxy);

        Assert.Equal((1, 1), (Attempts(dead, "error.type=connect_failed"), Attempts(b.Address, "http.response.status_code=200")));

        int Attempts(string address, string tag) => proxy.Metrics.Count("http.client.request.duration", "server.address=127.0.0.1", $"server.port={new Uri(address).Port}", tag);
    }

    [Fact]
    public async Task A_request_is_active_until_it_has_ended()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await a.WaitForRequestAsync();
        var before = Active();

        client.Abort();

        Assert.Equal(1, before);
        await Eventually.HoldsAsync(() => Active() == 0, "none is active");

        long Active() => proxy.Metrics.Observe("http.server.active_requests", "http.request.method=GET", "url.scheme=http");
    }

    [Fact]
    public async Task Connections_of_clients_are_counted_while_they_are_open()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using (var first = await proxy.ConnectAsync())
        using (var second = await proxy.ConnectAsync())
        {
            await first.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await second.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

            Assert.Equal(2, proxy.Metrics.Observe("lb.connections"));
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Observe("lb.connections") == 0, "none is open");
    }

    [Fact]
    public async Task The_room_for_connections_and_the_descriptors_in_use_are_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Both are known where Linux tells of them.");
        await using var proxy = await ProxyHost.StartAsync([], []);

        Assert.True(proxy.Metrics.Observe("lb.connections.limit") > 0);
        Assert.True(proxy.Metrics.Observe("process.unix.file_descriptor.count") > 0);
    }

    [Fact]
    public async Task Each_change_of_health_is_counted_with_what_it_led_to()
    {
        var probes = new ScriptedProbes();
        await using var a = new FakeDestination { Health = probes.AnswerAsync };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(timeout: "1m"), a.Address);

        await probes.FindAsync(200, 500, 500, 200);

        Assert.Equal((2, 1), (Changes("Healthy"), Changes("Unhealthy")));

        long Changes(string to) => proxy.Metrics.Sum("lb.health.transitions", "lb.cluster=web", "lb.destination=a", $"lb.to={to}");
    }

    [Fact]
    public async Task What_the_proxy_counts_agrees_with_what_the_destinations_got()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => PostAsync(proxy)));

        Assert.Equal((20, 20), (Successes("a"), Successes("b")));
        Assert.Equal((20, 20), (a.Requests.Count, b.Requests.Count));

        long Successes(string destination) => proxy.Metrics.Sum("lb.requests", $"lb.destination={destination}", "lb.outcome=success");
    }

    // Sent once whatever happens. The count follows the end of the answer, so the test waits for it.
    // Only what is to take too long is not waited for: on a busy machine anything else may take a while.
    private static Dictionary<string, string?> PatienceFor(string outcome) => new() { ["Clusters:web:HttpRequest:ActivityTimeout"] = outcome == "timeout" ? "200ms" : "1m" };

    private static async Task PostAsync(ProxyHost proxy)
    {
        var before = proxy.Metrics.Sum("lb.requests");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await client.WaitForCloseAsync();

        // The answer can be at the client before the proxy has counted the request, which it does last.
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests") > before, "the request is counted");
    }
}
