using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Routes that send clients elsewhere, without any destination.</summary>
public abstract class RedirectTests
{
    [Theory]
    [InlineData("GET /a%20b?c=d HTTP/1.1\r\nHost: shop.example\r\n\r\n", "https://shop.example/a%20b?c=d")]
    [InlineData("GET / HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n", "https://shop.example/")]
    [InlineData("GET //evil.example HTTP/1.1\r\nHost: shop.example\r\n\r\n", "https://shop.example//evil.example")]
    [InlineData("GET /%0d%0aX-Injected:1 HTTP/1.1\r\nHost: shop.example\r\n\r\n", "https://shop.example/%0d%0aX-Injected:1")]
    [InlineData("GET http://shop.example/x HTTP/1.1\r\nHost: other.example\r\n\r\n", "https://shop.example/x")]
    [InlineData("HEAD /x HTTP/1.1\r\nHost: shop.example\r\n\r\n", "https://shop.example/x")]
    [InlineData("POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello", "https://shop.example/x")]
    public async Task Http_is_sent_to_https(string request, string location)
    {
        await using var proxy = await ProxyHost.StartWithAsync(Secure());
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(request);

        Assert.Equal((308, location, "0", ""), (answer.Status, answer.Header("Location"), answer.Header("Content-Length"), answer.Text));
        Assert.NotNull(answer.Header("X-Request-Id"));
    }

    [Fact]
    public async Task The_connection_goes_on_after_it()
    {
        await using var proxy = await ProxyHost.StartWithAsync(Secure());
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal(308, (await client.AskAsync("GET /y HTTP/1.1\r\nHost: shop.example\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a@evil.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example/x\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    public async Task A_host_that_is_none_is_not_sent_anywhere(string request)
    {
        await using var proxy = await ProxyHost.StartWithAsync(Secure());
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(request);

        Assert.Equal((400, null), (answer.Status, answer.Header("Location")));
    }

    [Theory]
    [InlineData("https", 200)]
    [InlineData("http", 307)]
    public async Task A_client_that_uses_https_to_a_trusted_proxy_is_there_already(string proto, int status)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>
            {
                ["TrustedProxies:0"] = "127.0.0.1",
                ["Routes:secure:Order"] = "-1",
                ["Routes:secure:Redirect:Scheme"] = "https",
                ["Routes:secure:Redirect:Status"] = "307",
                ["Routes:rest:ClusterId"] = "web",
            },
            destination.Address);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(status, (await client.AskAsync($"GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-Proto: {proto}\r\n\r\n")).Status);
    }

    [Fact]
    public async Task What_anyone_else_says_of_the_scheme_counts_for_nothing()
    {
        await using var proxy = await ProxyHost.StartWithAsync(Secure());
        using var client = await proxy.ConnectAsync();

        Assert.Equal(308, (await client.AskAsync("GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-Proto: https\r\n\r\n")).Status);
    }

    [Fact]
    public async Task It_is_counted_as_such()
    {
        await using var proxy = await ProxyHost.StartWithAsync(Secure());
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.route=secure", "lb.outcome=redirected") == 1, "the redirect is counted");
    }

    private static Dictionary<string, string?> Secure() => new() { ["Routes:secure:Redirect:Scheme"] = "https" };
}
