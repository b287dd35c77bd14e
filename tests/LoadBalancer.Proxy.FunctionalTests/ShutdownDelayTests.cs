using System.Net;
using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The time between the signal to stop and the stop, in which whoever sends requests here may see that it is not ready any more.</summary>
public sealed class ShutdownDelayTests
{
    [Fact]
    public async Task While_it_lasts_the_proxy_is_not_ready_and_serves_all_the_same()
    {
        await using var a = new FakeDestination(Behave.Ok("served"));
        await using var proxy = await ProxyHost.StartAsync(new ManualTimeProvider(), new() { ["ShutdownDelay"] = "10s" }, a.Address);

        proxy.Services.GetRequiredService<StopSignals>().Leave();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(proxy));
        using var client = await proxy.ConnectAsync();
        Assert.Equal("served", (await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
    }

    [Fact]
    public async Task When_it_is_over_the_proxy_stops()
    {
        await using var a = new FakeDestination();
        var clock = new ManualTimeProvider();
        await using var proxy = await ProxyHost.StartAsync(clock, new() { ["ShutdownDelay"] = "10s" }, a.Address);
        var stopping = proxy.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping;

        proxy.Services.GetRequiredService<StopSignals>().Leave();
        clock.Advance(TimeSpan.FromSeconds(9));
        var early = stopping.IsCancellationRequested;
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((false, true), (early, stopping.IsCancellationRequested));
    }

    [Fact]
    public async Task Without_one_the_stop_begins_at_once()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        proxy.Services.GetRequiredService<StopSignals>().Leave();

        Assert.True(proxy.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    private static async Task<HttpStatusCode> HealthAsync(ProxyHost proxy)
    {
        using var answer = await proxy.Admin.GetAsync("/health");
        return answer.StatusCode;
    }
}
