using System.Net.Sockets;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>The PROXY protocol, by which a proxy in front says whose connections it passes on.</summary>
public sealed class ProxyProtocolTests : IDisposable
{
    private const string First = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";
    private const string Second = "0D0A0D0A000D0A515549540A2111000CC0000201C6336402DC0401BB";
    private const string OwnConnection = "0D0A0D0A000D0A515549540A20000000";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("Kestrel", First, "192.0.2.1")]
    [InlineData("EventLoop", First, "192.0.2.1")]
    [InlineData("Kestrel", Second, "192.0.2.1")]
    [InlineData("EventLoop", Second, "192.0.2.1")]
    [InlineData("Kestrel", OwnConnection, "127.0.0.1")]
    [InlineData("EventLoop", OwnConnection, "127.0.0.1")]
    [InlineData("Kestrel", "PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("EventLoop", "PROXY UNKNOWN\r\n", "127.0.0.1")]
    public async Task The_client_is_the_one_that_the_proxy_in_front_names(string engine, string header, string client)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, "127.0.0.0/8", a);
        using var raw = await proxy.ConnectAsync();

        await raw.SendAsync(Bytes(header));
        var first = await raw.AskAsync(RawRequest.Get("/", "X-Forwarded-For: 203.0.113.9"));
        var second = await raw.AskAsync(RawRequest.Get());

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.Equal([client, client], a.Requests.Select(request => request.Header("X-Forwarded-For")));
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task A_header_may_come_in_pieces_and_with_the_request_behind_it(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, "127.0.0.1", a);
        using var raw = await proxy.ConnectAsync();

        foreach (var letter in First[..^3])
        {
            await raw.SendAsync(letter.ToString());
        }

        Assert.Equal(200, (await raw.AskAsync(First[^3..] + RawRequest.Get())).Status);
        Assert.Equal("192.0.2.1", a.Requests[0].Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("Kestrel", "GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("EventLoop", "GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Kestrel", "PROXY TCP4 192.0.2.1\r\n")]
    [InlineData("EventLoop", "PROXY TCP4 192.0.2.1\r\n")]
    public async Task A_connection_from_there_without_a_right_header_is_let_go_and_counted(string engine, string sent)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, "127.0.0.1", a);
        using var raw = await proxy.ConnectAsync();

        await raw.SendAsync(sent);

        Assert.Equal(0, await raw.WaitForCloseAsync());
        Assert.Empty(a.Requests);
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.connections.refused", "lb.reason=proxy_protocol") == 1, "it is counted");
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task A_header_that_does_not_come_in_time_is_none(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, "127.0.0.1", a, ("Limits:RequestHeadTimeout", "1s"));
        using var raw = await proxy.ConnectAsync();

        await raw.SendAsync("PROXY ");

        Assert.Equal(0, await raw.WaitForCloseAsync());
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.connections.refused", "lb.reason=proxy_protocol") == 1, "it is counted");
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task Nobody_else_may_say_so_and_everybody_else_is_served_without(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, "10.0.0.0/8", a);
        using var liar = await proxy.ConnectAsync();
        using var other = await proxy.ConnectAsync();

        Assert.Equal((400, 200), ((await liar.AskAsync(First + RawRequest.Get())).Status, (await other.AskAsync(RawRequest.Get())).Status));
        Assert.Equal("127.0.0.1", Assert.Single(a.Requests).Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task Rate_limits_go_by_the_client_that_is_named(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(
            engine, "127.0.0.1", a, ("Routes:all:ClusterId", "web"), ("Routes:all:RateLimit:Requests", "1"), ("Routes:all:RateLimit:Per", "1h"));

        var statuses = new List<int>();
        foreach (var client in new[] { "192.0.2.1", "192.0.2.2", "192.0.2.1" })
        {
            using var raw = await proxy.ConnectAsync();
            statuses.Add((await raw.AskAsync($"PROXY TCP4 {client} 198.51.100.2 1 2\r\n" + RawRequest.Get())).Status);
        }

        Assert.Equal([200, 200, 429], statuses);
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task A_reload_that_asks_for_it_has_new_connections_begin_with_it(string engine)
    {
        var address = TakenAddress.Freed();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartOnAsync(Enum.Parse<EngineOption>(engine), [$"main={address}"], ("a", a));
        using var open = await RawClient.ConnectAsync(address);
        await open.AskAsync(RawRequest.Get());

        await run.WriteAsync(
            $$"""
            {
              "Admin": { "Url": "http://127.0.0.1:0" },
              "Listeners": { "main": { "Url": "{{address}}", "ProxyProtocol": { "From": [ "127.0.0.1" ] } } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{a.Address}}" } } } }
            }
            """,
            "configuration reloaded");

        using var later = await RawClient.ConnectAsync(address);
        Assert.Equal((200, 200), ((await open.AskAsync(RawRequest.Get())).Status, (await later.AskAsync(First + RawRequest.Get())).Status));
        Assert.Equal(["127.0.0.1", "127.0.0.1", "192.0.2.1"], a.Requests.Select(request => request.Header("X-Forwarded-For")));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task It_comes_before_TLS(string version)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, new() { ["Listeners:main:ProxyProtocol:From:0"] = "127.0.0.1" }, a.Address);
        using var handler = proxy.Handler();
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            await socket.SendAsync(Encoding.ASCII.GetBytes(First), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        Assert.Equal("a", await client.GetStringAsync(new Uri(proxy.Address)));
        Assert.Equal("192.0.2.1", a.Requests[0].Header("X-Forwarded-For"));
    }

    [Fact]
    public async Task Curl_as_a_proxy_in_front_is_understood()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync("Auto", "127.0.0.1", a);

        Assert.Equal("a 1.1 200", await Curl.AskAsync("--haproxy-protocol", $"{proxy.Address}/"));
    }

    private static byte[] Bytes(string header) => header.StartsWith("0D", StringComparison.Ordinal) ? Convert.FromHexString(header) : Encoding.ASCII.GetBytes(header);

    private static Task<ProxyHost> StartAsync(string engine, string from, FakeDestination destination, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        all["Engine"] = engine;
        all["Listeners:main:Url"] = "http://127.0.0.1:0";
        all["Listeners:main:ProxyProtocol:From:0"] = from;
        return ProxyHost.StartAsync(all, destination.Address);
    }
}
