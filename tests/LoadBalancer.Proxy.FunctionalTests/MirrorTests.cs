using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Copies of requests for another cluster.</summary>
public sealed class MirrorTests
{
    [Fact]
    public async Task The_other_cluster_gets_the_request_whole_and_the_client_sees_nothing_of_it()
    {
        await using var web = new FakeDestination(Behave.Ok("web"));
        await using var other = new FakeDestination(Behave.Answer(500, "other"));
        await using var proxy = await StartAsync(web, other);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("POST /a%20b?c=d HTTP/1.1\r\nHost: shop.example\r\nX-A: b\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", "lb.cluster=other", "lb.destination=o", "lb.outcome=server_error") == 1, "the copy is counted");

        var (original, copy) = (Assert.Single(web.Requests), Assert.Single(other.Requests));
        Assert.Equal("web", answer.Text);
        Assert.Equal(("POST", "/a%20b?c=d", "hello"), (copy.Method, copy.Target, copy.Body));
        Assert.Equal(original.Head.Skip(1).Order(StringComparer.OrdinalIgnoreCase), copy.Head.Skip(1).Order(StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "")]
    public async Task Bodies_are_copied_however_they_are_framed(string request, string body)
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(request);
        await other.WaitForRequestAsync();
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", "lb.outcome=success") == 1, "the copy has ended");

        Assert.Equal(body, other.Requests[0].Body);
    }

    [Theory]
    [InlineData(64 * 1024, "success")]
    [InlineData(64 * 1024 + 1, "incomplete")]
    public async Task A_body_that_is_longer_than_is_kept_is_not_copied_and_reaches_its_destination(int length, string outcome)
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Post(Text.OfLength(length)));

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", $"lb.outcome={outcome}") == 1, "the copy is counted");
        Assert.Equal(Text.OfLength(length), web.Requests[0].Body);
    }

    [Fact]
    public async Task A_cluster_that_hangs_or_refuses_slows_nobody_down()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(web, other, new() { ["Clusters:other:Destinations:p:Address"] = DeadAddress.Refusing() });

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", "lb.outcome=connect_failed") > 0 && other.Requests.Count > 0, "both were asked");
    }

    [Fact]
    public async Task Without_a_destination_the_copies_are_counted_as_such()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other, new() { ["Clusters:other:Destinations:o:Weight"] = "0" });

        await proxy.Client.GetStringAsync("/");

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", "lb.outcome=no_destination") == 1, "it is counted");
    }

    [Fact]
    public async Task A_share_of_the_requests_is_copied()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other, new() { ["Routes:all:Mirror:Percentage"] = "50" });

        for (var i = 0; i < 200; i++)
        {
            await proxy.Client.GetStringAsync("/");
        }

        // Eight standard deviations from the mean.
        Assert.InRange(other.Requests.Count, 40, 160);
    }

    // As many as there may be under way, and some more: each has given its place back.
    [Fact]
    public async Task Copies_that_have_ended_make_room_for_others()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other, new() { ["Clusters:other:MaxConcurrentRequests"] = "1" });

        for (var i = 1; i <= 300; i++)
        {
            await proxy.Client.GetStringAsync("/");
            await Eventually.HoldsAsync(() => proxy.Metrics.Count("lb.mirrored") == i, "the copy has ended");
        }

        Assert.Equal(300, proxy.Metrics.Sum("lb.mirrored", "lb.outcome=success"));
    }

    [Fact]
    public async Task A_copy_that_is_not_answered_in_time_is_given_up()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(web, other, new() { ["Clusters:other:HttpRequest:Timeout"] = "50ms" });

        await proxy.Client.GetStringAsync("/");

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.mirrored", "lb.outcome=timeout") == 1, "it is counted");
    }

    [Fact]
    public async Task A_WebSocket_is_not_copied()
    {
        await using var web = new FakeDestination(BehaveWebSocket.Echo());
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other);
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync(RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"));
            Assert.Equal(101, (await client.ReadHeadAsync()).Status);
        }

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests") == 1, "the tunnel has ended");
        Assert.Equal((0, 0), (proxy.Metrics.Count("lb.mirrored"), other.Requests.Count));
    }

    [Fact]
    public async Task A_request_that_the_proxy_refuses_is_not_copied()
    {
        await using var web = new FakeDestination();
        await using var other = new FakeDestination();
        await using var proxy = await StartAsync(web, other, new() { ["Routes:all:MaxRequestBodySize"] = "1" });
        using var client = await proxy.ConnectAsync();

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (HttpStatusCode)(await client.AskAsync(RawRequest.Post("hello"))).Status);

        Assert.Equal(0, proxy.Metrics.Count("lb.mirrored"));
    }

    private static Task<ProxyHost> StartAsync(FakeDestination web, FakeDestination other, Dictionary<string, string?>? more = null) => ProxyHost.StartWithAsync(new(more ?? [])
    {
        ["Engine"] = "Kestrel",
        ["Routes:all:ClusterId"] = "web",
        ["Routes:all:Mirror:ClusterId"] = "other",
        ["Clusters:web:Destinations:w:Address"] = web.Address,
        ["Clusters:other:Destinations:o:Address"] = other.Address,
        ["Clusters:other:Destinations:o:Weight"] = more?.GetValueOrDefault("Clusters:other:Destinations:o:Weight") ?? "1",
    });
}
