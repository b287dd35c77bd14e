using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What a stop lets finish, what it refuses, and what it cuts off.</summary>
public abstract class GracefulStopTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly Dictionary<string, string?> ShortDeadline = new() { ["ShutdownTimeout"] = "200ms" };

    [Fact]
    public async Task A_request_in_flight_is_finished()
    {
        await using var held = await StopWithARequestInFlightAsync();

        held.Finish();

        Assert.Equal("finished", (await held.Client.ReadAnswerAsync()).Text);
        await held.Stop.InTime();
    }

    [Fact]
    public async Task An_answer_that_is_under_way_is_finished()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await gate.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("world");
        });
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadHeadAsync();

        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        gate.SetResult();

        Assert.Equal("helloworld"u8.ToArray(), await client.Reader.ReadExactlyAsync(10, client.Deadline));
        await stop.InTime();
    }

    [Fact]
    public async Task A_retry_is_still_made()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Reset()));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(a, b);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await a.WaitForRequestAsync();

        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        gate.SetResult();

        Assert.Equal("b", (await client.ReadAnswerAsync()).Text);
        await stop.InTime();
    }

    [Fact]
    public async Task An_idle_connection_is_closed_at_once()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var idle = await proxy.ConnectAsync();
        await idle.AskAsync(Get);
        a.Next(Behave.Hang());
        using var busy = await proxy.ConnectAsync();
        await busy.SendAsync(Get);
        await a.WaitForRequestAsync(2);

        var stop = proxy.StopAsync();

        Assert.Equal((0, false), (await idle.WaitForCloseAsync(), stop.IsCompleted));
    }

    [Fact]
    public async Task A_connection_on_which_a_request_was_finished_is_closed()
    {
        await using var held = await StopWithARequestInFlightAsync();

        held.Finish();
        await held.Client.ReadAnswerAsync();

        Assert.Equal(0, await held.Client.WaitForCloseAsync());
        await held.Stop.InTime();
    }

    [Fact]
    public async Task What_still_hangs_at_the_deadline_is_cut_off()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(ShortDeadline, a.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await a.WaitForRequestAsync();

        await proxy.StopAsync().InTime();

        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task The_operator_is_told_that_it_is_not_ready_as_long_as_requests_finish()
    {
        await using var held = await StopWithARequestInFlightAsync();

        using (var health = await held.Proxy.Admin.GetAsync("/health"))
        using (var alive = await held.Proxy.Admin.GetAsync("/alive"))
        {
            Assert.Equal((503, "Unhealthy", 200), ((int)health.StatusCode, await health.Content.ReadAsStringAsync(), (int)alive.StatusCode));
        }

        held.Finish();
        Assert.Equal("finished", (await held.Client.ReadAnswerAsync()).Text);
        await held.Stop.InTime();
    }

    [Fact]
    public async Task A_call_of_the_operator_that_does_not_end_is_not_waited_for()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["ShutdownTimeout"] = "10m" }, a.Address);
        using var kept = await RawClient.ConnectAsync(proxy.Addresses.Admin!);
        await kept.AskAsync("GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n");
        using var endless = await RawClient.ConnectAsync(proxy.Addresses.Admin!);
        await endless.SendAsync("PATCH /api/clusters/web/destinations/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
        await endless.ReadHeadAsync();

        await proxy.StopAsync().InTime();

        await Eventually.RefusesAsync(proxy.Addresses.Admin!);
    }

    [Fact]
    public async Task After_it_the_operator_is_refused_too()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        await proxy.StopAsync().InTime();

        await Eventually.RefusesAsync(proxy.Addresses.Admin!);
    }

    /// <summary>Begins a stop while a request is in flight, and accepts nothing any more.</summary>
    private static async Task<HeldRequest> StopWithARequestInFlightAsync()
    {
        var gate = new TaskCompletionSource();
        var destination = new FakeDestination(Behave.After(gate.Task, Behave.Ok("finished")));
        var proxy = await ProxyHost.StartAsync(destination);
        var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await destination.WaitForRequestAsync();

        var stop = proxy.StopAsync();
        await Eventually.RefusesAsync(proxy.Address);
        return new HeldRequest(destination, proxy, client, stop, gate);
    }

    private sealed record HeldRequest(FakeDestination Destination, ProxyHost Proxy, RawClient Client, Task Stop, TaskCompletionSource Gate) : IAsyncDisposable
    {
        public void Finish() => Gate.SetResult();

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Proxy.DisposeAsync();
            await Destination.DisposeAsync();
        }
    }
}
