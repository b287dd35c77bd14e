using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class WarmUpsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ClusterRegistry _registry;
    private readonly WarmUps _warmUps;

    public WarmUpsTests()
    {
        _registry = Make.Registry(_clock);
        _registry.Apply(
        [
            Make.Cluster("web", Make.Probed with { SlowStart = new() { Time = TimeSpan.FromSeconds(10) } }, "a", "b"),
            Make.Cluster("slow", Make.Probed with { SlowStart = new() { Time = TimeSpan.FromDays(1) } }, "c"),
        ]);
        _warmUps = new WarmUps(_registry, _clock);
    }

    public async ValueTask InitializeAsync() => await _warmUps.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _warmUps.StopAsync(CancellationToken.None);
        _warmUps.Dispose();
    }

    [Fact]
    public async Task The_share_grows_with_the_clock_and_then_the_clock_is_left_alone()
    {
        Recover("web", "a");
        var shares = new List<double>();
        for (var step = 0; step < 51; step++)
        {
            await _clock.WaitForTimersAsync(1);
            shares.Add(Weight());
            _clock.Advance(TimeSpan.FromSeconds(0.2));
        }

        await Eventually.HoldsAsync(() => Weight() == 1, "a has its full share");
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(0.1, shares[0]);
        await Eventually.HoldsAsync(() => _clock.ArmedTimers == 0, "nothing waits for the clock");
    }

    // A step of the other takes half an hour.
    [Fact]
    public async Task One_that_begins_while_another_warms_up_far_more_slowly_does_not_wait_for_it()
    {
        Recover("slow", "c");
        await _clock.WaitForTimersAsync(1);

        Recover("web", "a");

        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(0.2));
                return Weight() > 0.1;
            },
            "a has more than at first");
        Assert.InRange(_clock.GetUtcNow(), DateTimeOffset.MinValue, new ManualTimeProvider().GetUtcNow().AddMinutes(25));
    }

    private double Weight() => _registry.Find("web")!.Standing.Weights[0];

    private void Recover(string cluster, string destination)
    {
        var found = _registry.Find(cluster)!;
        _registry.ReportProbe(found, found.Named(destination), Make.Failure);
        _registry.ReportProbe(found, found.Named(destination), Make.Pass);
    }
}
