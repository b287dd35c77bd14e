using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What becomes of a client of the stream of events that does not read. The clock stands still unless a test moves it.</summary>
public sealed class EventStreamBackpressureTests
{
    // The system takes in little for who does not read, so that it does not take much to fill it. The web server itself takes 64 KiB.
    private const int SmallBuffer = 4096;
    private const int FillsSystem = 50_000;
    private const int FillsServer = 500_000;

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task It_is_dropped_when_too_many_changes_wait_and_who_reads_gets_every_one()
    {
        await using var proxy = await StartAsync(nameLength: 100);
        using var slow = await AskAsync(proxy);
        await slow.ReadHeadAsync();
        await using var quick = await EventReader.OpenAsync(proxy);
        var next = (await quick.NextAsync()).Sequence;
        var registry = proxy.Services.GetRequiredService<ClusterRegistry>();
        var web = registry.Find("web")!;

        for (var i = 0; i < 2_000; i++)
        {
            registry.SetState(web, web.Standing.Members[0].Destination, i % 2 == 0 ? OperatorState.Down : OperatorState.Active);
            Assert.Equal(++next, (await quick.NextAsync()).Sequence);
        }

        // Reading again helps no more.
        await slow.WaitForCloseAsync();
    }

    [Fact]
    public async Task It_is_cut_off_when_a_write_takes_five_seconds()
    {
        await using var proxy = await StartAsync(FillsServer);
        using var stuck = await AskAsync(proxy);

        await _clock.WaitForTimerAsync(AdminEvents.WriteTimeout);
        _clock.Advance(AdminEvents.WriteTimeout);

        await stuck.WaitForCloseAsync();
    }

    [Fact]
    public async Task A_write_that_takes_less_is_finished()
    {
        await using var proxy = await StartAsync(FillsServer);
        using var slow = await AskAsync(proxy);
        await slow.ReadHeadAsync();

        await _clock.WaitForTimerAsync(AdminEvents.WriteTimeout);
        _clock.Advance(AdminEvents.WriteTimeout - TimeSpan.FromMilliseconds(1));

        Assert.InRange((await slow.ReadChunkAsync()).Length, FillsServer, int.MaxValue);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_write_that_is_stuck()
    {
        await using var proxy = await StartAsync(FillsServer);
        using var stuck = await AskAsync(proxy);
        await _clock.WaitForTimerAsync(AdminEvents.WriteTimeout);

        // The timer is set just before the write; the head goes with it.
        await stuck.ReadHeadAsync();

        await proxy.StopAsync().InTime();
    }

    [Fact]
    public async Task A_stop_waits_five_seconds_for_what_was_written_and_not_taken()
    {
        await using var proxy = await StartAsync(FillsSystem);
        using var stuck = await AskAsync(proxy);

        // The head goes with the state, which the server takes whole.
        await stuck.ReadHeadAsync();

        var stop = proxy.StopAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(AdminEvents.WriteTimeout);
                return stop.IsCompleted;
            },
            "the proxy has stopped");
    }

    private static async Task<RawClient> AskAsync(ProxyHost proxy)
    {
        var client = await RawClient.ConnectAsync(proxy.Addresses.Admin!, SmallBuffer);
        await client.SendAsync("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return client;
    }

    /// <summary>Starts a proxy with one destination, which has a name of this length: no event is shorter.</summary>
    private async Task<ProxyHost> StartAsync(int nameLength)
    {
        var proxy = await ProxyHost.StartAsync(new RunArguments(), services => services.AddSingleton<TimeProvider>(_clock));
        Assert.All(proxy.Services.GetRequiredService<ReservedSockets>().Taken, socket => socket.SendBufferSize = SmallBuffer);
        var destination = new DestinationDefinition(new string('x', nameLength), new Uri("http://x"));
        proxy.Services.GetRequiredService<ClusterRegistry>().Apply([new ClusterDefinition("web", new(), [destination])]);
        return proxy;
    }
}
