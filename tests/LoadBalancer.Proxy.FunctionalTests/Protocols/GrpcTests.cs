using Grpc.Core;
using Grpc.Net.Client;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Calls of gRPC, from a client of its library through the proxy to a server of its library.</summary>
public sealed class GrpcTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly FakeTls _tls;
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);

    public GrpcTests() => _tls = new FakeTls(_authority.Issue("127.0.0.1"));

    /// <summary>Whether clients speak TLS to the proxy, and the proxy to destinations.</summary>
    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    public void Dispose()
    {
        _deadline.Dispose();
        _tls.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_message_goes_there_and_back_and_trailers_come_behind_it(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);

        using var call = run.Invoker.AsyncUnaryCall(EchoCalls.Once, null, Options(), "hello");

        Assert.Equal("hello", await call);
        Assert.Equal("hello", call.GetTrailers().GetValue("x-heard"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Many_messages_come_back(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);

        using var call = run.Invoker.AsyncServerStreamingCall(EchoCalls.Words, null, Options(), "one two three");

        Assert.Equal(["one", "two", "three"], await call.ResponseStream.ReadAllAsync(_deadline.Token).ToListAsync());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Many_messages_go_there(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);
        using var call = run.Invoker.AsyncClientStreamingCall(EchoCalls.Join, null, Options());

        foreach (var word in new[] { "one", Text.OfLength(100_000), "three" })
        {
            await call.RequestStream.WriteAsync(word, _deadline.Token);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal($"one {Text.OfLength(100_000)} three", await call);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_message_is_answered_before_the_next_goes(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);
        using var call = run.Invoker.AsyncDuplexStreamingCall(EchoCalls.Talk, null, Options());

        foreach (var word in new[] { "one", Text.OfLength(100_000), "three" })
        {
            await call.RequestStream.WriteAsync(word, _deadline.Token);
            Assert.True(await call.ResponseStream.MoveNext(_deadline.Token));
            Assert.Equal(word, call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(_deadline.Token));
        Assert.Equal("three", call.GetTrailers().GetValue("x-heard"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_error_comes_with_its_code_its_words_and_its_trailers(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);

        using var call = run.Invoker.AsyncUnaryCall(EchoCalls.Once, null, Options(), "fail");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal((StatusCode.FailedPrecondition, "not today", "a test"), (error.StatusCode, error.Status.Detail, error.Trailers.GetValue("x-why")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_error_behind_messages_comes_behind_them(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);

        using var call = run.Invoker.AsyncServerStreamingCall(EchoCalls.Words, null, Options(), "one fail");

        Assert.True(await call.ResponseStream.MoveNext(_deadline.Token));
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(_deadline.Token))).StatusCode);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_cancellation_reaches_the_destination(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);
        using var cancellation = new CancellationTokenSource();
        using var call = run.Invoker.AsyncUnaryCall(EchoCalls.Once, null, Options().WithCancellationToken(cancellation.Token), "wait");
        await Eventually.HoldsAsync(() => !run.Destination.Echo.Calls.IsEmpty, "the call has come");

        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await Eventually.HoldsAsync(() => !run.Destination.Echo.Cancelled.IsEmpty, "the destination knows");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_deadline_reaches_the_destination_and_ends_the_call_there(bool fromTls, bool toTls)
    {
        await using var run = await StartAsync(fromTls, toTls);

        using var call = run.Invoker.AsyncUnaryCall(EchoCalls.Once, null, new CallOptions(deadline: TimeProvider.System.GetUtcNow().AddSeconds(2).UtcDateTime), "wait");

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await Eventually.HoldsAsync(() => !run.Destination.Echo.Cancelled.IsEmpty, "the destination has given up");
        Assert.NotEqual(DateTime.MaxValue, run.Destination.Echo.Calls.First().Deadline);
    }

    [Theory]
    [InlineData("fail", "success")]
    [InlineData("broken", "server_error")]
    [InlineData("one fail", "success")]
    [InlineData("one broken", "server_error")]
    public async Task A_call_counts_against_the_destination_where_its_status_says_that_the_server_failed(string message, string outcome)
    {
        await using var run = await StartAsync(fromTls: true, toTls: false);

        using var call = run.Invoker.AsyncServerStreamingCall(EchoCalls.Words, null, Options(), message);
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.ReadAllAsync(_deadline.Token).ToListAsync().AsTask());

        await Eventually.HoldsAsync(() => run.Proxy.Host.Metrics.Sum("lb.attempts", $"lb.outcome={outcome}") == 1, $"the attempt is counted as {outcome}");
    }

    [Fact]
    public async Task Calls_are_spread_one_by_one_over_the_destinations_though_they_come_on_one_connection()
    {
        await using var a = await GrpcDestination.StartAsync();
        await using var b = await GrpcDestination.StartAsync();
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, ToHttp2, a.Address, b.Address);
        using var channel = ChannelTo(proxy);

        for (var call = 0; call < 10; call++)
        {
            await channel.CreateCallInvoker().AsyncUnaryCall(EchoCalls.Once, null, Options(), "hello");
        }

        Assert.Equal((5, 5), (a.Echo.Calls.Count, b.Echo.Calls.Count));
    }

    [Theory]
    [InlineData("Clusters:web:Destinations:a:Address", "dead", StatusCode.Unavailable)]
    [InlineData("Routes:only:Match:Path", "/elsewhere", StatusCode.Unimplemented)]
    [InlineData("Clusters:web:HttpRequest:Timeout", "500ms", StatusCode.DeadlineExceeded)]
    public async Task What_the_proxy_refuses_a_client_of_gRPC_understands(string key, string value, StatusCode code)
    {
        await using var a = await GrpcDestination.StartAsync();
        var settings = new Dictionary<string, string?>(ToHttp2) { [key] = value == "dead" ? DeadAddress.Refusing() : value };
        settings.TryAdd("Clusters:web:Destinations:a:Address", a.Address);
        settings["Routes:only:ClusterId"] = "web";
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, settings);
        using var channel = ChannelTo(proxy);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(EchoCalls.Once, null, Options(), "wait");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(code, error.StatusCode);
        Assert.NotEmpty(error.Status.Detail);
        Assert.NotNull((await call.ResponseHeadersAsync).GetValue("x-request-id"));
    }

    private static readonly Dictionary<string, string?> ToHttp2 = new()
    {
        ["Clusters:web:HttpRequest:Version"] = "2",
        ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact",
    };

    private CallOptions Options() => new(cancellationToken: _deadline.Token);

    private static GrpcChannel ChannelTo(ProtocolProxy proxy) => GrpcChannel.ForAddress(proxy.Address, new GrpcChannelOptions { HttpHandler = proxy.Handler(), DisposeHttpClient = true });

    private async Task<Run> StartAsync(bool fromTls, bool toTls)
    {
        var destination = await GrpcDestination.StartAsync(toTls ? _tls : null);
        var proxy = await ProtocolProxy.StartAsync(_authority, fromTls ? "https" : "http", "Http2", toTls ? null : ToHttp2, destination.Address);
        return new Run(destination, proxy, ChannelTo(proxy));
    }

    private sealed record Run(GrpcDestination Destination, ProtocolProxy Proxy, GrpcChannel Channel) : IAsyncDisposable
    {
        public CallInvoker Invoker { get; } = Channel.CreateCallInvoker();

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            await Proxy.DisposeAsync();
            await Destination.DisposeAsync();
        }
    }
}
