using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.FunctionalTests.Differential;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>The PROXY protocol, by which destinations are told whose connections they get.</summary>
public sealed class ProxyProtocolToDestinationTests : IDisposable
{
    private const string Key = "Clusters:web:HttpClient:ProxyProtocol";

    private readonly TestAuthority _authority = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("Kestrel", "V1")]
    [InlineData("Kestrel", "V2")]
    [InlineData("EventLoop", "V1")]
    [InlineData("EventLoop", "V2")]
    public async Task A_connection_begins_with_the_addresses_of_the_client_and_of_the_listener(string engine, string version)
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, version, a.Address);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(200, (await client.AskAsync(RawRequest.Get())).Status);
        Assert.Equal($"{version} TCP4 {client.Ends.From} {client.Ends.To}", a.Requests[0].ProxyHeader);
    }

    [Theory]
    [InlineData("Kestrel", "V1")]
    [InlineData("Kestrel", "V2")]
    [InlineData("EventLoop", "V1")]
    [InlineData("EventLoop", "V2")]
    public async Task Requests_of_a_client_share_a_connection_and_those_of_two_never_do(string engine, string version)
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, version, a.Address);
        using var one = await proxy.ConnectAsync();
        using var other = await proxy.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await one.AskAsync(RawRequest.Get("/one"));
            await other.AskAsync(RawRequest.Get("/other"));
        }

        Assert.Equal(2, a.Connections);
        Assert.All(a.Requests, request => Assert.Contains($" {(request.Target == "/one" ? one : other).Ends.From} ", request.ProxyHeader, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Streams_of_one_HTTP2_client_are_those_of_one_client()
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", "Http2", new() { [Key] = "V2" }, a.Address);
        var client = proxy.Client(HttpVersion.Version20);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetStringAsync("/")));

        Assert.Single(a.Requests.Select(request => request.ProxyHeader).Distinct());
    }

    // To find out what a destination speaks, the first connection of all is made beforehand, and kept for who asked.
    [Fact]
    public async Task It_comes_before_TLS_and_a_connection_that_was_made_for_one_client_is_not_anothers()
    {
        using var tls = new FakeTls(_authority.Issue("127.0.0.1"));
        await using var a = new FakeDestination(tls: tls) { ReadsProxyHeaders = true };
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", null, new() { [Key] = "V1" }, a.Address);
        var clients = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => proxy.Host.ConnectAsync()));

        await Task.WhenAll(clients.Select((client, i) => client.AskAsync(RawRequest.Get($"/{i}"))));

        Assert.Equal(6, a.Requests.Count);
        Assert.All(a.Requests, request => Assert.Equal($"V1 TCP4 {clients[request.Target[1] - '0'].Ends.From} {clients[0].Ends.To}", request.ProxyHeader));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task Of_a_client_that_a_proxy_in_front_names_the_port_is_told_too(string engine)
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, "V2", a.Address, ("Listeners:main:Url", "http://127.0.0.1:0"), ("Listeners:main:ProxyProtocol:From:0", "127.0.0.1"));
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n" + RawRequest.Get());

        Assert.Equal($"V2 TCP4 192.0.2.1:56324 {client.Ends.To}", a.Requests[0].ProxyHeader);
    }

    [Theory]
    [InlineData("V1", "2")]
    [InlineData("V2", "2")]
    [InlineData("V2", "1.1")]
    public async Task A_client_that_a_proxy_in_front_names_is_named_to_the_one_behind(string version, string http)
    {
        await using var a = new FakeDestination();
        await using var inner = await ProtocolProxy.StartAsync(_authority, "https", null, new() { ["Listeners:main:ProxyProtocol:From:0"] = "127.0.0.1" }, a.Address);
        await using var outer = await ProtocolProxy.StartAsync(
            _authority,
            "http",
            null,
            new() { [Key] = version, ["Listeners:main:ProxyProtocol:From:0"] = "127.0.0.1", ["Clusters:web:HttpRequest:Version"] = http, ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" },
            inner.Address);

        foreach (var address in new[] { "192.0.2.1", "192.0.2.2" })
        {
            using var client = await outer.Host.ConnectAsync();
            Assert.Equal(200, (await client.AskAsync($"PROXY TCP4 {address} 198.51.100.2 56324 443\r\n" + RawRequest.Get())).Status);
        }

        Assert.Equal(["192.0.2.1", "192.0.2.2"], a.Requests.Select(request => request.Header("X-Forwarded-For")));
    }

    [Theory]
    [InlineData("Kestrel", "V1", "V1 UNKNOWN")]
    [InlineData("Kestrel", "V2", "V2 UNIX")]
    [InlineData("EventLoop", "V1", "V1 UNKNOWN")]
    [InlineData("EventLoop", "V2", "V2 UNIX")]
    public async Task A_client_without_an_address_is_told_as_such(string engine, string version, string header)
    {
        var path = Path.Combine(_folder.FullName, "lb.sock");
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, version, a.Address, ("Listeners:main:Url", $"http://unix:{path}"));
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);

        Assert.Equal("ok", await client.GetStringAsync(new Uri("http://localhost/")).InTime());
        Assert.Equal(header, a.Requests[0].ProxyHeader);
    }

    [Theory]
    [InlineData("Kestrel", "V1", "Http", "V1 UNKNOWN")]
    [InlineData("Kestrel", "V2", "Tcp", "V2 LOCAL")]
    [InlineData("EventLoop", "V1", "Tcp", "V1 UNKNOWN")]
    [InlineData("EventLoop", "V2", "Http", "V2 LOCAL")]
    public async Task Probes_are_connections_of_the_proxy_itself(string engine, string version, string kind, string header)
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(
            engine, version, a.Address, ("Clusters:web:HealthCheck:Active:Enabled", "true"), ("Clusters:web:HealthCheck:Active:Path", kind == "Tcp" ? null : a.HealthPath), ("Clusters:web:HealthCheck:Active:Kind", kind));

        await proxy.WaitForHealthAsync("a", "Healthy");

        await Eventually.HoldsAsync(() => a.ProxyHeaders.Count > 0, "the destination has read a header");
        Assert.All(a.ProxyHeaders, told => Assert.Equal(header, told));
    }

    [Fact]
    public async Task A_copy_of_a_request_says_whose_it_is_too()
    {
        await using var a = new FakeDestination();
        await using var other = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Engine"] = "Auto",
            ["Routes:all:ClusterId"] = "web",
            ["Routes:all:Mirror:ClusterId"] = "other",
            ["Clusters:web:Destinations:a:Address"] = a.Address,
            ["Clusters:other:Destinations:o:Address"] = other.Address,
            ["Clusters:other:HttpClient:ProxyProtocol"] = "V2",
        });
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get());

        Assert.Equal($"V2 TCP4 {client.Ends.From} {client.Ends.To}", (await other.WaitForRequestAsync()).ProxyHeader);
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task A_connection_that_nobody_uses_is_soon_closed(string engine)
    {
        await using var a = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, "V2", a.Address);
        using var client = await proxy.ConnectAsync();
        await client.AskAsync(RawRequest.Get());

        await Eventually.HoldsAsync(() => a.OpenConnections == 0, "the connection is closed");
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task Each_attempt_says_whose_it_is(string engine)
    {
        await using var a = new FakeDestination(Behave.Reset()) { ReadsProxyHeaders = true };
        await using var b = new FakeDestination { ReadsProxyHeaders = true };
        await using var proxy = await StartAsync(engine, "V2", [a.Address, b.Address]);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(200, (await client.AskAsync(RawRequest.Get())).Status);
        Assert.Equal(
            Enumerable.Repeat($"V2 TCP4 {client.Ends.From} {client.Ends.To}", 2),
            new[] { a.Requests[0].ProxyHeader, b.Requests[0].ProxyHeader });
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task After_a_reload_that_changes_it_no_connection_from_before_is_used(string engine)
    {
        var address = TakenAddress.Freed();
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartOnAsync(Enum.Parse<EngineOption>(engine), [$"main={address}"], ("a", a));
        using var client = await RawClient.ConnectAsync(address);

        foreach (var version in new[] { null, "V1", "V2", null })
        {
            a.ReadsProxyHeaders = version is not null;
            await run.WriteAsync(
                $$"""
                {
                  "Admin": { "Url": "http://127.0.0.1:0" },
                  "Listeners": { "main": { "Url": "{{address}}" } },
                  "Clusters": { "web": { "HttpClient": { "ProxyProtocol": {{(version is null ? "null" : $"\"{version}\"")}} }, "Destinations": { "a": { "Address": "{{a.Address}}" } } } }
                }
                """,
                "configuration reloaded");
            await client.AskAsync(RawRequest.Get());
        }

        Assert.Equal([null, "V1", "V2", null], a.Requests.Select(request => request.ProxyHeader?.Split(' ')[0]));
    }

    [Theory]
    [InlineData("Kestrel", "nginx", "V1")]
    [InlineData("Kestrel", "nginx", "V2")]
    [InlineData("Kestrel", "haproxy", "V1")]
    [InlineData("Kestrel", "haproxy", "V2")]
    [InlineData("EventLoop", "nginx", "V1")]
    [InlineData("EventLoop", "nginx", "V2")]
    [InlineData("EventLoop", "haproxy", "V1")]
    [InlineData("EventLoop", "haproxy", "V2")]
    public async Task Programs_that_many_run_understand_it(string engine, string program, string version)
    {
        await using var peer = await (program == "nginx" ? PeerProxy.StartNginxToldAsync() : PeerProxy.StartHaproxyToldAsync());
        Assert.SkipWhen(peer is null, $"{program} is not installed.");
        await using var proxy = await StartAsync(engine, version, peer!.Address);
        using var one = await proxy.ConnectAsync();
        using var other = await proxy.ConnectAsync();

        foreach (var client in new[] { one, other, one })
        {
            Assert.Equal($"{client.Ends.From} {client.Ends.To}", (await client.AskAsync(RawRequest.Get())).Text);
        }
    }

    private static Task<ProxyHost> StartAsync(string engine, string version, string address, params (string Key, string? Value)[] settings) => StartAsync(engine, version, [address], settings);

    private static Task<ProxyHost> StartAsync(string engine, string version, string[] addresses, params (string Key, string? Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        (all["Engine"], all[Key]) = (engine, version);
        return ProxyHost.StartAsync(all, addresses);
    }
}
