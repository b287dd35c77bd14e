using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How long a request may take until the head of its answer is there, and what becomes of one that runs out of time.</summary>
public abstract class DeadlineTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_timeout_before_anything_was_sent_is_followed_by_another_destination(string method)
    {
        using var dark = new FullBacklog();
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(Settings(("ActivityTimeout", "300ms"), ("HttpClient:ConnectTimeout", "1m")), dark.Address, b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task A_request_that_gets_no_connection_since_all_are_in_use_goes_to_another_destination()
    {
        await using var a = new FakeDestination(async exchange =>
        {
            // An answer that never ends, and never stands still.
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true)
            {
                await exchange.SendAsync(RawRequest.Chunk("more"));
                await Task.Delay(Pace, TimeProvider.System, exchange.Stopping);
            }
        });
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(Settings(("ActivityTimeout", "1s"), ("HttpClient:MaxConnectionsPerServer", "1")), a.Address, b.Address);
        using var endless = await proxy.ConnectAsync();
        await endless.SendAsync(RawRequest.Get());
        await endless.ReadHeadAsync();
        await proxy.Client.GetStringAsync("/to-b");

        // It is a's turn again, whose only connection is in use.
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_request_ends_at_its_timeout_though_there_are_destinations_left_to_try()
    {
        using var one = new FullBacklog();
        using var two = new FullBacklog();
        using var three = new FullBacklog();
        await using var proxy = await ProxyHost.StartAsync(
            Settings(("Timeout", "700ms"), ("HttpClient:ConnectTimeout", "500ms")), one.Address, two.Address, three.Address);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 2), (answer.StatusCode, proxy.Metrics.Sum("lb.attempts", "lb.outcome=connect_timeout")));
    }

    [Fact]
    public async Task A_destination_that_got_the_request_and_does_not_answer_within_the_timeout_makes_504()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings(("Timeout", "300ms")), a.Address, b.Address);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.GatewayTimeout, 0), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task The_timeout_of_a_route_goes_before_that_of_its_cluster()
    {
        await using var a = new FakeDestination(Behave.Hang());
        var settings = Settings(("Timeout", "1h"));
        (settings["Routes:r:ClusterId"], settings["Routes:r:Timeout"]) = ("web", "300ms");
        await using var proxy = await ProxyHost.StartAsync(settings, a.Address);

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await proxy.Client.GetAsync("/")).StatusCode);
    }

    // The timeout is for the destination to answer in, not for the client to send in.
    [Fact]
    public async Task An_upload_may_take_longer_than_the_timeout_as_long_as_it_moves()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Settings(("Timeout", "1s"), ("ActivityTimeout", "1s")), a.Address);
        using var client = await proxy.ConnectAsync();
        var enough = Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, client.Deadline);

        await client.SendAsync(RawRequest.ChunkedPost());
        while (!enough.IsCompleted)
        {
            await client.SendAsync(RawRequest.Chunk("piece"));
            await Task.Delay(Pace, TimeProvider.System, client.Deadline);
        }

        await client.SendAsync(RawRequest.Chunk(""));
        Assert.Equal(200, (await client.ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task An_answer_may_take_longer_than_the_timeout_once_it_has_begun()
    {
        var passed = new TaskCompletionSource();
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
            await passed.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("ok");
        });
        await using var hanging = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(Settings(("Timeout", "300ms")), a.Address, hanging.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();

        // This one began later, and has run out of its time.
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await proxy.Client.GetAsync("/")).StatusCode);
        passed.SetResult();

        Assert.Equal("ok", await client.ReadTextAsync(2));
    }

    [Fact]
    public async Task An_answer_that_stands_still_is_cut_short()
    {
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await exchange.WaitForCloseAsync();
        });
        await using var proxy = await ProxyHost.StartAsync(Settings(("ActivityTimeout", "300ms")), a.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();

        Assert.Equal(5, await client.WaitForCloseAsync());
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.attempts", "lb.outcome=timeout") == 1, "the attempt counts as a timeout");
    }

    private static Dictionary<string, string?> Settings(params (string Key, string Value)[] settings) => settings.ToDictionary(
        setting => setting.Key.StartsWith("HttpClient:", StringComparison.Ordinal) ? $"Clusters:web:{setting.Key}" : $"Clusters:web:HttpRequest:{setting.Key}",
        setting => (string?)setting.Value);
}
