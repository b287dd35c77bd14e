using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class ConnectionPlacesTests
{
    private readonly ConnectionPlaces _places = new();
    private readonly Holder _one = new();
    private readonly Holder _two = new();
    private readonly List<string> _told = [];

    public ConnectionPlacesTests()
    {
        _places.Add(_one);
        _places.Add(_two);
    }

    [Fact]
    public void There_are_as_many_as_there_may_be()
    {
        Assert.True(_places.Enter(Seek("a"), 2));
        Assert.True(_places.Enter(Seek("b"), 2));
        Assert.False(_places.Enter(Seek("c"), 2));

        Assert.Equal((2, 0), (_places.Open, _told.Count));
    }

    [Fact]
    public void Who_waits_gets_them_in_the_order_of_coming()
    {
        _places.Enter(Seek("a"), 1);
        _places.Enter(Seek("b"), 1);
        _places.Enter(Seek("c"), 1);

        _places.Leave();
        _places.Leave();

        Assert.Equal((1, "b c"), (_places.Open, string.Join(' ', _told)));
    }

    [Fact]
    public void Nobody_overtakes_who_waits()
    {
        _places.Enter(Seek("a"), 1);
        _places.Enter(Seek("b"), 1);

        Assert.False(_places.Enter(Seek("late"), 1));
    }

    [Fact]
    public void Who_is_forgotten_gets_none_and_the_next_one_does()
    {
        var leaves = Seek("leaves");
        _places.Enter(Seek("a"), 1);
        _places.Enter(leaves, 1);
        _places.Enter(Seek("c"), 1);

        Assert.True(_places.Forget(leaves));
        _places.Leave();

        Assert.Equal("c", Assert.Single(_told));
    }

    [Fact]
    public void Who_has_been_told_is_not_to_be_forgotten_any_more()
    {
        var waits = Seek("waits");
        _places.Enter(Seek("a"), 1);
        _places.Enter(waits, 1);
        _places.Leave();

        Assert.False(_places.Forget(waits));
    }

    [Fact]
    public void A_limit_that_was_lowered_is_kept_by_those_that_come()
    {
        _places.Enter(Seek("a"), 2);
        _places.Enter(Seek("b"), 2);
        _places.Enter(Seek("c"), 1);

        _places.Leave();
        Assert.Empty(_told);
        _places.Leave();

        Assert.Equal("c", Assert.Single(_told));
    }

    [Fact]
    public void A_connection_that_serves_nobody_goes_to_the_first_who_waits_with_its_place()
    {
        var waits = Seek("b");
        _places.Enter(Seek("a"), 1);
        _places.Enter(waits, 1);

        Assert.True(_places.Keep(_one, 1, out var seeker));

        Assert.Equal((waits, 1, false), (seeker, _places.Open, _places.IsWaitedFor));
    }

    [Fact]
    public void That_of_another_loop_is_to_be_closed_for_its_place()
    {
        _places.Enter(Seek("a"), 1);
        _places.Enter(Seek("b"), 1);

        Assert.False(_places.Keep(_two, 1, out var seeker));
        Assert.Null(seeker);
        _places.Leave();

        Assert.Equal("b", Assert.Single(_told));
    }

    [Fact]
    public void Where_nobody_waits_it_is_kept_and_asked_for_by_who_comes_later()
    {
        _places.Enter(Seek("a"), 1);

        Assert.True(_places.Keep(_two, 1, out _));
        _places.Enter(Seek("b"), 1);

        Assert.Equal((0, 1), (_one.Asked, _two.Asked));
    }

    [Fact]
    public void One_that_has_none_is_not_asked()
    {
        _places.Enter(Seek("a"), 1);
        _places.Keep(_two, 1, out _);
        _places.Count(_two, 0);

        _places.Enter(Seek("b"), 1);

        Assert.Equal(0, _two.Asked);
    }

    private Seeker Seek(string name) => new(_one, () => _told.Add(name));

    private sealed class Seeker(Holder holder, Action told) : PlaceSeeker
    {
        public override PlaceHolder Holder => holder;

        public override void OnPlace() => told();
    }

    private sealed class Holder : PlaceHolder
    {
        public int Asked { get; private set; }

        public override void GiveUp() => Asked++;
    }
}
