using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Testing;
using static LoadBalancer.Proxy.FunctionalTests.EventLoopHost;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>That a loop does what <see cref="EventCoalescing"/> says, and tells it what it has to know.</summary>
public sealed class EventLoopGatheringTests
{
    [Fact]
    public async Task Events_gather_under_load_until_a_wait_for_them_gains_nothing()
    {
        await using var destination = new FakeDestination(Behave.Late(TimeSpan.FromMilliseconds(5), Behave.Ok("a")));
        await using var proxy = await StartAsync([], destination);
        var loop = LoopOf(proxy);
        var clients = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => proxy.ConnectAsync()));
        await Task.WhenAll(clients.Select(client => AskAsync(client, 50)));

        // Each of these turns has one event, so that waiting for more is given up soon (after a few times, when it has gained something before), and tried once again after each pause.
        const int few = 10;
        var waits = (await MomentsOfQuickTurnsAsync(loop, 3 * EventCoalescing.Pause)).Where(moment => moment > 0).ToList();
        Assert.InRange(waits.Count, 1, few);
        Assert.All(waits, moment => Assert.Equal(EventCoalescing.Longest, moment));
        Array.ForEach(clients, client => client.Dispose());
    }

    /// <summary>How long a loop is to let events gather after each of so many turns that follow each other without a pause.</summary>
    private static Task<List<long>> MomentsOfQuickTurnsAsync(EventLoop loop, int turns)
    {
        var moments = new List<long>();
        var end = new TaskCompletionSource<List<long>>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(Turn);
        return end.Task.InTime();

        void Turn()
        {
            moments.Add(loop.Coalescing.Moment);
            if (moments.Count < turns)
            {
                loop.Post(Turn);
            }
            else
            {
                end.SetResult(moments);
            }
        }
    }
}
