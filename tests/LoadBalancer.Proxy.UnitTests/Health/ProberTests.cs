using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ProberTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData(200, "200-399", true)]
    [InlineData(204, "200-399", true)]
    [InlineData(302, "200-399", true)]
    [InlineData(404, "200-399", false)]
    [InlineData(500, "200-399", false)]
    [InlineData(404, "404", true)]
    [InlineData(200, "404", false)]
    public async Task An_answer_passes_by_its_status(int status, string statuses, bool passed)
    {
        var options = Options(new() { Statuses = StatusRanges.TryParse(statuses)! });

        Assert.Equal(new ProbeResult(passed, $"status code: {status}"), await ProbeAsync(new ScriptedHandler((HttpStatusCode)status), options));
    }

    public static readonly TheoryData<Exception, string> Failures = new()
    {
        { Connection(SocketError.ConnectionRefused), "connection refused" },
        { Connection(SocketError.HostNotFound), "unknown host" },
        { Connection(SocketError.TryAgain), "unknown host" },
        { Connection(SocketError.NoData), "unknown host" },
        { Connection(SocketError.HostUnreachable), "host unreachable" },
        { Connection(SocketError.NetworkUnreachable), "network unreachable" },
        { new HttpRequestException(HttpRequestError.Unknown, "", new IOException("", new SocketException((int)SocketError.ConnectionReset))), "connection reset" },
        { new HttpRequestException(HttpRequestError.NameResolutionError), "unknown host" },
        { new HttpRequestException(HttpRequestError.SecureConnectionError), "TLS handshake failed" },
        { new HttpRequestException(HttpRequestError.SecureConnectionError, "", new IOException("", new SocketException((int)SocketError.ConnectionReset))), "TLS handshake failed" },
        { new HttpRequestException(HttpRequestError.ConnectionError, "", new AuthenticationException("certificate refused: expired", new IOException())), "certificate refused: expired" },
        { new HttpRequestException(HttpRequestError.ResponseEnded), "connection closed" },
        { new HttpRequestException(HttpRequestError.InvalidResponse), "invalid answer" },
        { new HttpRequestException(HttpRequestError.VersionNegotiationError), "version negotiation error" },
        { new HttpRequestException(HttpRequestError.Unknown, "Something odd.", new IOException("The pipe is blocked.")), "The pipe is blocked." },
        { new OperationCanceledException(), "timeout" },
        { new InvalidOperationException("Never seen before."), "Never seen before." },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task A_failure_says_why(Exception failure, string reason) =>
        Assert.Equal(new ProbeResult(false, reason), await ProbeAsync(new ScriptedHandler((_, _) => throw failure), Make.Probed));

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_a_timeout()
    {
        var probe = ProbeAsync(Hanging(), Options(new() { Timeout = TimeSpan.FromSeconds(2) }));
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(probe.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(0.001));

        Assert.Equal(new ProbeResult(false, "timeout"), await probe.InTime());
    }

    [Fact]
    public async Task A_stop_ends_the_probe_without_a_result()
    {
        using var stop = new CancellationTokenSource();
        var probe = ProbeAsync(Hanging(), Make.Probed, stopping: stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.InTime());
    }

    [Theory]
    [InlineData("http://a", "/", null, "http://a/")]
    [InlineData("http://a:8080/", "/up", null, "http://a:8080/up")]
    [InlineData("http://a/prefix/", "/up", "?x=1", "http://a/prefix/up?x=1")]
    [InlineData("https://a", "/up", "", "https://a/up")]
    public async Task It_asks_for_path_and_query_under_the_address(string address, string path, string? query, string asked)
    {
        var handler = new ScriptedHandler(HttpStatusCode.OK);

        await ProbeAsync(handler, Options(new() { Path = path, Query = query }), Make.Member("a", address));

        Assert.Equal([new Uri(asked)], handler.Asked);
    }

    [Fact]
    public async Task It_asks_at_the_probe_address_where_there_is_one()
    {
        var handler = new ScriptedHandler(HttpStatusCode.OK);

        await ProbeAsync(handler, Make.Probed, Make.Member(Make.Definition("a") with { ProbeAddress = new Uri("http://probe:81") }));

        Assert.Equal([new Uri("http://probe:81/")], handler.Asked);
    }

    [Fact]
    public async Task It_asks_as_requests_do()
    {
        HttpRequestMessage? asked = null;
        var handler = new ScriptedHandler((request, _) =>
        {
            asked = request;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        });
        var options = Make.Probed with { HttpRequest = new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact } };

        await ProbeAsync(handler, options, Make.Member(Make.Definition("a") with { Host = "www" }));

        Assert.Equal(
            (HttpMethod.Get, "www", HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact, "LoadBalancer-HealthCheck"),
            (asked!.Method, asked.Headers.Host, asked.Version, asked.VersionPolicy, asked.Headers.UserAgent.ToString()));
    }

    [Fact]
    public async Task It_may_ask_in_another_version_than_requests_do()
    {
        HttpRequestMessage? asked = null;
        var handler = new ScriptedHandler((request, _) =>
        {
            asked = request;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        });
        var options = Options(new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower })
            with
        { HttpRequest = new() { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact } };

        await ProbeAsync(handler, options);

        Assert.Equal((HttpVersion.Version11, HttpVersionPolicy.RequestVersionOrLower), (asked!.Version, asked.VersionPolicy));
    }

    [Fact]
    public async Task Each_way_of_making_connections_has_a_wire_of_its_own()
    {
        var wires = new List<HttpClientOptions>();
        using var prober = new Prober(
            options =>
            {
                wires.Add(options);
                return new ScriptedHandler(HttpStatusCode.OK);
            },
            Unconnected,
            _clock);
        ClusterOptions[] clusters = [Make.Probed, Make.Probed with { HttpClient = new() { DangerousAcceptAnyServerCertificate = true } }];

        foreach (var cluster in clusters.Concat(clusters))
        {
            await prober.ProbeAsync(Make.Member("a"), cluster, CancellationToken.None);
        }

        Assert.Equal(clusters.Select(cluster => cluster.HttpClient), wires);
    }

    [Fact]
    public async Task It_asks_with_the_method_and_headers_of_the_options()
    {
        HttpRequestMessage? asked = null;
        var handler = new ScriptedHandler((request, _) =>
        {
            asked = request;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        });
        var headers = new Dictionary<string, string> { ["X-Probe"] = "1", ["User-Agent"] = "mine", ["Host"] = "inner" };

        await ProbeAsync(handler, Options(new() { Method = "OPTIONS", Headers = headers }), Make.Member(Make.Definition("a") with { Host = "www" }));

        Assert.Equal(
            ("OPTIONS", "1", "mine", "inner"),
            (asked!.Method.Method, asked.Headers.GetValues("X-Probe").Single(), asked.Headers.UserAgent.ToString(), asked.Headers.Host));
    }

    [Theory]
    [InlineData(null, "http://a:9000/")]
    [InlineData("http://probe:81", "http://probe:81/")]
    public async Task It_asks_at_the_port_of_the_options_unless_the_destination_has_a_probe_address_of_its_own(string? own, string asked)
    {
        var handler = new ScriptedHandler(HttpStatusCode.OK);

        await ProbeAsync(handler, Options(new() { Port = 9000 }), Make.Member(Make.Definition("a") with { ProbeAddress = own is null ? null : new Uri(own) }));

        Assert.Equal([new Uri(asked)], handler.Asked);
    }

    [Theory]
    [InlineData(200, "all is ready here", true, "status code: 200")]
    [InlineData(200, "starting", false, "status code: 200, without 'ready' in the body")]
    [InlineData(200, "", false, "status code: 200, without 'ready' in the body")]
    [InlineData(500, "ready", false, "status code: 500")]
    public async Task An_answer_passes_by_the_text_in_its_body(int status, string body, bool passed, string reason)
    {
        var handler = new ScriptedHandler((_, _) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) }));

        Assert.Equal(new ProbeResult(passed, reason), await ProbeAsync(handler, Options(new() { Body = "ready" })));
    }

    [Theory]
    [InlineData(64 * 1024 - 5, true)]
    [InlineData(64 * 1024 - 4, false)]
    public async Task Of_a_body_no_more_than_64_KiB_are_looked_at(int before, bool passed)
    {
        var handler = new ScriptedHandler((_, _) => Task.FromResult(new HttpResponseMessage { Content = new StringContent(new string('.', before) + "ready" + new string('.', 1_000_000)) }));

        Assert.Equal(passed, (await ProbeAsync(handler, Options(new() { Body = "ready" }))).Passed);
    }

    [Fact]
    public async Task A_body_that_does_not_come_in_time_is_a_timeout()
    {
        var handler = new ScriptedHandler((_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new HangingStream()) }));
        var probe = ProbeAsync(handler, Options(new() { Body = "ready", Timeout = TimeSpan.FromSeconds(2) }));
        await _clock.WaitForTimersAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new ProbeResult(false, "timeout"), await probe.InTime());
    }

    [Theory]
    [InlineData("http://a:81/prefix", null, "http://a:81/")]
    [InlineData("https://a", null, "http://a:443/")]
    [InlineData("http://a", 9000, "http://a:9000/")]
    public async Task A_TCP_probe_connects_and_asks_nothing(string address, int? port, string connected)
    {
        var seen = new List<Uri>();
        var handler = new ScriptedHandler(HttpStatusCode.OK);
        using var prober = new Prober(
            _ => handler,
            (to, _, _) =>
            {
                seen.Add(to);
                return Task.CompletedTask;
            },
            _clock);

        var result = await prober.ProbeAsync(Make.Member("a", address), Options(new() { Kind = ProbeKind.Tcp, Port = port }), CancellationToken.None);

        Assert.Equal((new ProbeResult(true, "connected"), new Uri(connected)), (result, Assert.Single(seen)));
        Assert.Empty(handler.Asked);
    }

    public static readonly TheoryData<Exception, string> ConnectFailures = new()
    {
        { new SocketException((int)SocketError.ConnectionRefused), "connection refused" },
        { new IOException("", new SocketException((int)SocketError.HostNotFound)), "unknown host" },
        { new InvalidCastException("Never seen before."), "Never seen before." },
    };

    [Theory]
    [MemberData(nameof(ConnectFailures), DisableDiscoveryEnumeration = true)]
    public async Task A_TCP_probe_that_fails_says_why(Exception failure, string reason)
    {
        using var prober = new Prober(_ => throw new InvalidOperationException("No request is sent."), (_, _, _) => throw failure, _clock);

        Assert.Equal(new ProbeResult(false, reason), await prober.ProbeAsync(Make.Member("a"), Options(new() { Kind = ProbeKind.Tcp }), CancellationToken.None));
    }

    public static readonly TheoryData<Exception, string> GrpcFailures = new()
    {
        { Connection(SocketError.ConnectionRefused), "connection refused" },
        { new InvalidCastException("Never seen before."), "Never seen before." },
    };

    [Theory]
    [MemberData(nameof(GrpcFailures), DisableDiscoveryEnumeration = true)]
    public async Task A_gRPC_probe_that_fails_says_why(Exception failure, string reason) =>
        Assert.Equal(new ProbeResult(false, reason), await ProbeAsync(new ScriptedHandler((_, _) => throw failure), Options(new() { Kind = ProbeKind.Grpc })));

    [Fact]
    public async Task A_gRPC_probe_that_is_not_answered_in_time_is_a_timeout()
    {
        var probe = ProbeAsync(Hanging(), Options(new() { Kind = ProbeKind.Grpc, Timeout = TimeSpan.FromSeconds(2) }));
        await _clock.WaitForTimersAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new ProbeResult(false, "timeout"), await probe.InTime());
    }

    [Fact]
    public async Task A_gRPC_probe_is_a_call_of_the_health_service()
    {
        var handler = new ScriptedHandler(HttpStatusCode.OK);

        await ProbeAsync(handler, Options(new() { Kind = ProbeKind.Grpc }), Make.Member("a", "http://a:81"));

        Assert.Equal([new Uri("http://a:81/grpc.health.v1.Health/Check")], handler.Asked);
    }

    private static Task Unconnected(Uri address, HttpClientOptions options, CancellationToken cancellationToken) => throw new InvalidOperationException("Nobody is connected to.");

    private async Task<ProbeResult> ProbeAsync(HttpMessageHandler handler, ClusterOptions options, Member? member = null, CancellationToken stopping = default)
    {
        using var prober = new Prober(_ => handler, Unconnected, _clock);
        return await prober.ProbeAsync(member ?? Make.Member("a"), options, stopping);
    }

    private static ClusterOptions Options(ActiveHealthCheckOptions active) => new() { HealthCheck = new() { Active = active with { Enabled = true } } };

    private static ScriptedHandler Hanging() => new(async (_, cancellation) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        throw new InvalidOperationException("It did not hang.");
    });

    private static HttpRequestException Connection(SocketError error) => new(HttpRequestError.ConnectionError, "", new SocketException((int)error));

    private sealed class HangingStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
