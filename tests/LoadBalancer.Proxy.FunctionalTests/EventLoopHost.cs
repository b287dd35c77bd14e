using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A proxy on the event loop, and looks into its loops.</summary>
internal static class EventLoopHost
{
    /// <summary>The engine, as a setting.</summary>
    public static Dictionary<string, string?> Settings => new() { ["Engine"] = "EventLoop" };

    public static Task<ProxyHost> StartAsync(Dictionary<string, string?> settings, params FakeDestination[] destinations) =>
        ProxyHost.StartAsync(new Dictionary<string, string?>(settings) { ["Engine"] = "EventLoop" }, [.. destinations.Select(destination => destination.Address)]);

    public static IReadOnlyList<LoopServices> LoopsOf(ProxyHost proxy) => proxy.Services.GetRequiredService<EventLoopEngine>().Loops;

    /// <summary>The only loop.</summary>
    public static EventLoop LoopOf(ProxyHost proxy) => Assert.Single(LoopsOf(proxy)).Loop;

    /// <summary>Looks at something of a loop, on its thread.</summary>
    public static async Task<T> OnAsync<T>(EventLoop loop, Func<T> look)
    {
        var seen = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => seen.SetResult(look()));
        return await seen.Task.InTime();
    }

    /// <summary>How much memory a loop holds for bytes that nobody takes yet.</summary>
    public static Task<long> HeldAsync(EventLoop loop) => OnAsync(loop, () => loop.Buffers.Rented);

    /// <summary>Asks so many times, one after the other.</summary>
    public static async Task AskAsync(RawClient client, int times)
    {
        var request = Encoding.ASCII.GetBytes(RawRequest.Get());
        for (var i = 0; i < times; i++)
        {
            await client.SendAsync(request);
            await client.ReadAnswerAsync();
        }
    }
}
