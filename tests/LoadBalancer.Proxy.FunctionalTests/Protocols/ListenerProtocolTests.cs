using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Which versions of HTTP a listener speaks.</summary>
public sealed class ListenerProtocolTests : IDisposable
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("http", null, true, false)]
    [InlineData("http", "Http1", true, false)]
    [InlineData("http", "Http2", false, true)]
    [InlineData("http", "Http1AndHttp2", true, true)]
    [InlineData("https", null, true, true)]
    [InlineData("https", "Http1", true, false)]
    [InlineData("https", "Http2", false, true)]
    [InlineData("https", "Http1AndHttp2", true, true)]
    public async Task Just_the_versions_that_the_operator_wants_are_spoken(string scheme, string? protocols, bool http1, bool http2)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, scheme, protocols, null, a.Address);

        Assert.Equal((http1, http2), (await IsServedAsync(proxy, HttpVersion.Version11), await IsServedAsync(proxy, HttpVersion.Version20)));
    }

    [Theory]
    [InlineData("http", "Http1AndHttp2", "--http1.1", "a 1.1 200")]
    [InlineData("http", "Http1AndHttp2", "--http2-prior-knowledge", "a 2 200")]
    [InlineData("http", "Http2", "--http2-prior-knowledge", "a 2 200")]
    [InlineData("https", null, "--http2", "a 2 200")]
    [InlineData("https", null, "--http1.1", "a 1.1 200")]
    public async Task Curl_is_served_by_the_version_that_it_asks_for(string scheme, string? protocols, string option, string answer)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, scheme, protocols, null, a.Address);

        Assert.Equal(answer, await Curl.AskAsync(option, "--cacert", _authority.PemFile, $"{proxy.Address}/"));
    }

    [Fact]
    public async Task What_came_over_HTTP2_goes_on_as_it_should_over_HTTP1()
    {
        await using var a = new FakeDestination(Behave.Answer(200, "a", "Connection: X-Between", "X-Between: no", "X-Past: yes"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, null, a.Address);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/a%2Fb?c") { Content = new StringContent("hello") };
        request.Headers.Add("X-Custom", ["one", "two"]);

        using var answer = await proxy.Client(HttpVersion.Version20).SendAsync(Exactly(request, HttpVersion.Version20));

        var sent = a.Requests[0];
        Assert.Equal("POST /a%2Fb?c HTTP/1.1", sent.Head[0]);
        Assert.Equal(("hello", "https", new Uri(proxy.Address).Authority), (sent.Body, sent.Header("X-Forwarded-Proto"), sent.Header("Host")));
        Assert.Contains("2.0 ", sent.Header("Via"), StringComparison.Ordinal);
        Assert.DoesNotContain(sent.Head, line => line.StartsWith(':'));
        Assert.False(answer.Headers.Contains("X-Between"));
        Assert.Equal("yes", answer.Headers.GetValues("X-Past").Single());
    }

    [Fact]
    public async Task Cookies_that_HTTP2_sends_apart_go_on_as_one_field()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, null, a.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Cookie", ["a=1", "b=2"]);

        using var answer = await proxy.Client(HttpVersion.Version20).SendAsync(Exactly(request, HttpVersion.Version20));

        Assert.Equal(["Cookie: a=1; b=2"], a.Requests[0].Head.Where(line => line.StartsWith("Cookie:", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task A_preface_that_comes_in_pieces_is_one()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", "Http1AndHttp2", null, a.Address);
        using var client = await RawClient.ConnectAsync(proxy.Address);

        await client.SendAsync(Preface[..3]);
        await client.SendAsync(Preface[3..] + "\0\0\0\x4\0\0\0\0\0");

        // The first frame of the server is its SETTINGS.
        Assert.Equal('\x4', (await client.ReadTextAsync(9))[3]);
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_let_go_in_time()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", "Http1AndHttp2", new() { ["Limits:KeepAliveTimeout"] = "1s" }, a.Address);
        using var client = await RawClient.ConnectAsync(proxy.Address);

        await client.SendAsync(Preface[..3]);

        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_client_that_says_nothing()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", "Http1AndHttp2", null, a.Address);
        using var client = await RawClient.ConnectAsync(proxy.Address);
        await Eventually.HoldsAsync(() => proxy.Host.Metrics.Observe("lb.connections") == 1, "the connection is open");

        var stop = proxy.Host.StopAsync();

        Assert.Equal(0, await client.WaitForCloseAsync());
        await stop.InTime();
    }

    [Fact]
    public async Task A_refusal_has_its_body_and_its_id_over_HTTP2_too()
    {
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, null, DeadAddress.Refusing());

        using var answer = await proxy.Client(HttpVersion.Version20).GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.True(answer.Headers.Contains("X-Request-Id"));
    }

    [Fact]
    public async Task With_MaxRequestsPerConnection_a_client_of_HTTP2_opens_another_connection_and_loses_no_request()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "https", null, new() { ["Limits:MaxRequestsPerConnection"] = "3" }, a.Address);
        var client = proxy.Client(HttpVersion.Version20);

        for (var request = 0; request < 10; request++)
        {
            Assert.Equal("a", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        }
    }

    [Fact]
    public async Task A_plain_listener_of_HTTP2_is_the_web_servers_whatever_serves_the_others()
    {
        await using var proxy = await ProtocolProxy.StartAsync(_authority, "http", "Http2", new() { ["Listeners:other:Url"] = "http://127.0.0.1:0" }, DeadAddress.Refusing());

        var (webServer, eventLoop) = (proxy.Host.Services.GetRequiredService<KestrelEngine>(), proxy.Host.Services.GetRequiredService<EventLoopEngine>());

        Assert.Equal(OperatingSystem.IsLinux() ? (1, 1) : (2, 0), (webServer.Addresses.Count, eventLoop.Addresses.Count));
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("Auto")]
    public async Task A_reload_changes_the_versions_and_a_connection_that_is_open_ends_as_it_began(string engine)
    {
        var address = TakenAddress.Freed();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartOnAsync(Enum.Parse<EngineOption>(engine), [$"main={address}"], ("a", a));
        await run.WriteAsync(Json("Http1"), "configuration reloaded");
        using var open = await RawClient.ConnectAsync(address);
        var before = await open.AskAsync(RawRequest.Get());

        await run.WriteAsync(Json("Http2"), "configuration reloaded");

        // The connection that changes its engine is closed after its request, as at the end of any listener.
        Assert.Equal((200, true), (before.Status, engine == "Auto" || (await open.AskAsync(RawRequest.Get())).Status == 200));
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal("a", await client.GetStringAsync(new Uri(address)));

        string Json(string protocols) =>
            $$"""
            {
              "Admin": { "Url": "http://127.0.0.1:0" },
              "Listeners": { "main": { "Url": "{{address}}", "Protocols": "{{protocols}}" } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{a.Address}}" } } } }
            }
            """;
    }

    [Fact]
    public async Task The_event_loop_alone_refuses_such_a_listener()
    {
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => ProxyHost.StartWithAsync(new()
        {
            ["Engine"] = "EventLoop",
            ["Listeners:main:Url"] = "http://127.0.0.1:0",
            ["Listeners:main:Protocols"] = "Http2",
            ["Clusters:web:Destinations:a:Address"] = "http://127.0.0.1:1",
        }));

        Assert.StartsWith("Listeners:main:Protocols: asks for HTTP/2, and the EventLoop engine speaks HTTP/1.1", Assert.Single(refused.Errors).ToString(), StringComparison.Ordinal);
    }

    private static async Task<bool> IsServedAsync(ProtocolProxy proxy, Version version)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            using var answer = await proxy.Client(version).SendAsync(Exactly(request, version));
            return answer.StatusCode == HttpStatusCode.OK && answer.Version == version;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static HttpRequestMessage Exactly(HttpRequestMessage request, Version version)
    {
        (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
        return request;
    }
}
