using System.Net;
using System.Net.Sockets;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A proxy behind other proxies, which the tests play from loopback addresses.</summary>
public abstract class TrustedProxyTests
{
    private const string Trusted = "127.0.0.1";

    [Fact]
    public async Task What_a_trusted_proxy_says_is_kept_and_its_address_appended()
    {
        var request = await SendAsync(Trusted, "X-Forwarded-For: 203.0.113.1", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /shop", "Forwarded: for=203.0.113.1");

        Assert.Equal(
            ["203.0.113.1, 127.0.0.1", "shop.example", "https", "/shop", "for=203.0.113.1, for=127.0.0.1;host=example.com;proto=http"],
            Told(request));
    }

    [Fact]
    public async Task What_anyone_else_says_is_replaced()
    {
        var request = await SendAsync("127.0.0.2", "X-Forwarded-For: 203.0.113.1", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /shop", "Forwarded: for=203.0.113.1");

        Assert.Equal(["127.0.0.2", "example.com", "http", null, null], Told(request));
    }

    [Fact]
    public async Task Several_lines_of_a_field_are_one_in_their_order()
    {
        var request = await SendAsync(Trusted, "X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 203.0.113.2, 203.0.113.3", "Forwarded: for=a", "Forwarded: for=b");

        Assert.Equal(
            ("203.0.113.1, 203.0.113.2, 203.0.113.3, 127.0.0.1", "for=a,for=b, for=127.0.0.1;host=example.com;proto=http"),
            (request.Header("X-Forwarded-For"), request.Header("Forwarded")));
    }

    [Fact]
    public async Task What_a_trusted_proxy_says_is_replaced_where_it_is_malformed()
    {
        var request = await SendAsync(Trusted, "X-Forwarded-For: 203.0.113.1, what", "X-Forwarded-Host: a/b", "X-Forwarded-Proto: gopher", "X-Forwarded-Prefix: shop", "Forwarded: for=\"");

        Assert.Equal(["127.0.0.1", "example.com", "http", null, null], Told(request));
    }

    [Theory]
    [InlineData("X-Forwarded-Port: 443")]
    [InlineData("X-Forwarded-Ssl: on")]
    public async Task A_field_that_says_the_same_in_other_words_is_dropped_from_trusted_proxies_too(string line) =>
        Assert.Empty((await SendAsync(Trusted, line)).Headers(line.Split(':')[0]));

    [Fact]
    public async Task An_application_that_forces_https_redirects_does_not_redirect_for_ever()
    {
        await using var application = new FakeDestination(exchange =>
            exchange.Request.Header("X-Forwarded-Proto") == "https" ? Behave.Ok("secure")(exchange) : Behave.Answer(308, "", "Location: https://example.com/")(exchange));
        await using var proxy = await StartAsync(application);
        using var terminator = await proxy.ConnectAsync();

        var answer = await terminator.AskAsync(RawRequest.Get("/", "X-Forwarded-Proto: https"));

        Assert.Equal((200, "secure"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task The_span_of_a_request_names_the_client_behind_the_trusted_proxies()
    {
        using var spans = new RecordedSpans();

        await SendAsync(Trusted, $"traceparent: {spans.TraceParent}", "X-Forwarded-For: 198.51.100.1, 203.0.113.1, 127.0.0.1");

        Assert.Equal("203.0.113.1", (await spans.WaitForRequestAsync()).GetTagItem("client.address"));
    }

    [Fact]
    public async Task A_reload_changes_who_is_trusted()
    {
        var clock = new ManualTimeProvider();
        await using var destination = new FakeDestination();
        using var file = new ConfigFile(Json(destination, "127.0.0.2"));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path }, services => services.AddSingleton<TimeProvider>(clock));
        using var client = await proxy.ConnectAsync();
        await client.AskAsync(RawRequest.Get("/", "X-Forwarded-Proto: https"));

        file.Write(Json(destination, "127.0.0.0/8"));
        clock.Advance(TimeSpan.FromSeconds(1));
        await proxy.Logs.WaitForAsync("configuration reloaded");
        await client.AskAsync(RawRequest.Get("/", "X-Forwarded-Proto: https"));

        Assert.Equal(["http", "https"], destination.Requests.Select(request => request.Header("X-Forwarded-Proto")));
    }

    private static string Json(FakeDestination destination, string trusted) => $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "none" }, "TrustedProxies": [ "{{trusted}}" ],
          "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
        }
        """;

    private static string?[] Told(FakeRequest request) =>
        [request.Header("X-Forwarded-For"), request.Header("X-Forwarded-Host"), request.Header("X-Forwarded-Proto"), request.Header("X-Forwarded-Prefix"), request.Header("Forwarded")];

    private static Task<ProxyHost> StartAsync(FakeDestination destination) =>
        ProxyHost.StartAsync(new Dictionary<string, string?> { ["TrustedProxies:0"] = Trusted, ["TrustedProxies:1"] = "2001:db8::/32" }, destination.Address);

    private static async Task<FakeRequest> SendAsync(string from, params string[] lines)
    {
        Assert.SkipWhen(from != Trusted && !OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8.");
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(destination);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(proxy.Address).Port, TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(RawRequest.Get("/", lines)), TestContext.Current.CancellationToken);
        var request = await destination.WaitForRequestAsync();
        await new HttpReader(stream).ReadHeadAsync(TestContext.Current.CancellationToken).InTime();
        return request;
    }
}
