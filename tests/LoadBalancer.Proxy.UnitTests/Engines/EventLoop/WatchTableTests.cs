using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class WatchTableTests
{
    private readonly WatchTable _table = new();

    [Fact]
    public void Events_find_who_is_watched()
    {
        var watched = new Nobody();

        Assert.Same(watched, _table.Find(_table.Add(watched)));
    }

    [Fact]
    public void An_event_for_whoever_had_the_place_before_finds_nobody()
    {
        var before = new Nobody();
        var stale = _table.Add(before);
        _table.Remove(before);
        var now = new Nobody();
        _table.Add(now);

        Assert.Equal((0, null), (now.Place, _table.Find(stale)));
    }

    [Fact]
    public void There_is_room_for_any_number()
    {
        var many = Enumerable.Range(0, 5000).Select(_ => new Nobody()).ToArray();
        var data = many.Select(_table.Add).ToArray();

        Assert.Equal(many, data.Select(_table.Find));
    }

    private sealed class Nobody : Watched
    {
        public override void OnEvents(int events)
        {
        }

        public override void OnTimer()
        {
        }

        public override void Abort()
        {
        }
    }
}
