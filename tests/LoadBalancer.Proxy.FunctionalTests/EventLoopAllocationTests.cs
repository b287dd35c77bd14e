using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static LoadBalancer.Proxy.FunctionalTests.EventLoopHost;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the thread of a loop allocates once everything is open and has been used: nothing, whatever passes.</summary>
public sealed class EventLoopAllocationTests
{
    private const int Runs = 200;

    // A collection counts what is left of the thread's piece of the heap as allocated, so the least of several measurements is taken.
    private const int Measurements = 5;

    // The two questions themselves, and a look at the timers of each second. An object for each of the runs would be 24 bytes at least.
    private const int Allowed = 2_000;

    /// <summary>A request, and the answer to it.</summary>
    public static TheoryData<string, string, string> Exchanges { get; } = new()
    {
        { "a body with a length", RawRequest.Post(new string('x', 16 * 1024)), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
        {
            "a body in chunks",
            RawRequest.ChunkedPost() + RawRequest.Chunk(new string('x', 5_000)) + RawRequest.Chunk(new string('y', 5_000)) + RawRequest.Chunk(""),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        },
        { "an answer in chunks", RawRequest.Get(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + RawRequest.Chunk(new string('x', 5_000)) + RawRequest.Chunk("") },
        { "a long answer", RawRequest.Get(), "HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n" + new string('x', 600_000) },
        { "an answer without a body", RawRequest.WithoutBody("DELETE"), "HTTP/1.1 204 No Content\r\n\r\n" },
        { "an answer that came before the last", RawRequest.Get(), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    };

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task An_exchange_allocates_nothing_on_the_thread_of_the_loop(string what, string request, string answer)
    {
        await using var destination = new FakeDestination(Behave.Raw(answer));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        var bytes = Encoding.ASCII.GetBytes(request);

        var allocated = await AllocatedByAsync(LoopOf(proxy), async () =>
        {
            await client.SendAsync(bytes);
            while ((await client.ReadAnswerAsync()).Status < 200)
            {
                // The final one follows.
            }
        });

        Assert.True(allocated < Allowed, $"{what}: {allocated} bytes by {Runs} requests");
    }

    [Fact]
    public async Task Requests_that_come_at_once_allocate_nothing_on_the_thread_of_the_loop()
    {
        const int atOnce = 8;
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var proxy = await StartAsync(destination);
        var clients = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => proxy.ConnectAsync()));

        var allocated = await AllocatedByAsync(LoopOf(proxy), () => Task.WhenAll(clients.Select(client => AskAsync(client, 1))));

        Assert.True(allocated < Allowed, $"{allocated} bytes by {Runs} times {atOnce} requests");
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task A_tunnel_allocates_nothing_on_the_thread_of_the_loop()
    {
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
        Assert.Equal(101, (await client.ReadHeadAsync()).Status);

        // RFC 6455, section 5.7: a masked "Hello", and the echo of it.
        byte[] message = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        const int echo = 7;
        var allocated = await AllocatedByAsync(LoopOf(proxy), async () =>
        {
            await client.SendAsync(message);
            await client.Reader.ReadExactlyAsync(echo, client.Deadline);
        });

        Assert.True(allocated < Allowed, $"{allocated} bytes by {Runs} messages");
    }

    private static async Task<ProxyHost> StartAsync(FakeDestination destination)
    {
        var proxy = await ProxyHost.StartAsync(
            new RunArguments { Settings = new Dictionary<string, string?> { ["LoadBalancer:Engine"] = "EventLoop", ["LoadBalancer:Clusters:web:Destinations:a:Address"] = destination.Address } },
            services => services.AddLogging(logging => logging.ClearProviders()));

        // Who listens to metrics in this process would pay for it on the thread of the loop.
        proxy.Metrics.Dispose();
        return proxy;
    }

    private static async Task<long> AllocatedByAsync(EventLoop loop, Func<Task> run)
    {
        var least = long.MaxValue;
        for (var measurement = 0; measurement <= Measurements && least >= Allowed; measurement++)
        {
            var before = await OnAsync(loop, GC.GetAllocatedBytesForCurrentThread);
            for (var i = 0; i < Runs; i++)
            {
                await run();
            }

            var allocated = await OnAsync(loop, GC.GetAllocatedBytesForCurrentThread) - before;

            // The first opens connections and fills pools.
            least = measurement == 0 ? least : Math.Min(least, allocated);
        }

        return least;
    }
}
