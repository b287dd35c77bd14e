using LoadBalancer.Proxy.Health;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ProbeLoopTests : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(250);

    private readonly ManualTimeProvider _clock = new();
    private readonly ProbeLoop _loop = new(Make.Cluster(Make.Probed, "a"), Make.Member("a"));

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Without_a_hurry_it_waits_for_the_pause()
    {
        var pause = PauseAsync();
        _clock.Advance(Pause - TimeSpan.FromTicks(1));
        Assert.False(pause.IsCompleted);

        _clock.Advance(TimeSpan.FromTicks(1));

        await pause.InTime();
    }

    [Fact]
    public async Task A_hurry_ends_the_pause()
    {
        var pause = PauseAsync();
        _clock.Advance(Pause / 2);

        _loop.Hurry();

        await pause.InTime();
    }

    [Fact]
    public async Task However_great_the_hurry_it_waits_for_the_least()
    {
        _loop.Hurry();
        var pause = PauseAsync();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(Least / 2);
        _loop.Hurry();
        Assert.False(pause.IsCompleted);

        _clock.Advance(Least);

        await pause.InTime();
    }

    [Fact]
    public async Task A_hurry_is_over_after_one_pause()
    {
        _loop.Hurry();
        var first = PauseAsync();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(Least);
        await first.InTime();

        var second = PauseAsync();
        _clock.Advance(Least);

        Assert.False(second.IsCompleted);
    }

    private Task PauseAsync() => _loop.PauseAsync(Pause, Least, _clock, CancellationToken.None);
}
