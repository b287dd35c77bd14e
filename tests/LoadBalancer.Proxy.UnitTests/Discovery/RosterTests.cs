using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class RosterTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 8, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    private readonly Roster _roster = new();

    // As name, or name-12:00:30 for one that leaves then.
    private string Names => string.Join(' ', _roster.Definitions.Select(entry => entry.LeavesAt is { } leaves ? $"{entry.Name}-{leaves:HH:mm:ss}" : entry.Name));

    [Fact]
    public void Who_is_found_is_there_in_the_order_of_addresses_and_once()
    {
        var change = Take(0, "b", "a", "b");

        Assert.Equal(("a b", 2), (Names, change.Came.Count));
    }

    [Fact]
    public void The_same_again_is_no_change()
    {
        Take(0, "a", "b");

        Assert.False(Take(1, "b", "a").IsAny);
    }

    [Fact]
    public void Who_is_no_longer_found_leaves_when_the_sessions_have_had_their_time()
    {
        Take(0, "a", "b");
        var change = Take(10, "a");

        Assert.Equal(("a b-12:00:40", "b", Noon.AddSeconds(40)), (Names, change.Leaves.Single().Name, _roster.NextDeparture));
        Assert.False(_roster.Sweep(Noon.AddSeconds(39)));
        Assert.True(_roster.Sweep(Noon.AddSeconds(40)));
        Assert.Equal(("a", null), (Names, _roster.NextDeparture));
    }

    [Fact]
    public void Who_leaves_and_is_still_not_found_gets_no_more_time()
    {
        Take(0, "a", "b");
        Take(10, "a");
        Take(20, "a");

        Assert.Equal("a b-12:00:40", Names);
    }

    [Fact]
    public void Who_leaves_and_is_found_again_is_back()
    {
        Take(0, "a", "b");
        Take(10, "a");
        var change = Take(20, "a", "b");

        Assert.Equal(("a b", "b", null), (Names, change.Came.Single().Name, _roster.NextDeparture));
    }

    [Fact]
    public void Without_a_drain_timeout_who_is_no_longer_found_is_gone()
    {
        _roster.Take([Make.Definition("a")], Noon, TimeSpan.Zero);
        _roster.Take([], Noon, TimeSpan.Zero);

        Assert.Equal("", Names);
    }

    [Fact]
    public void What_is_said_of_one_may_change()
    {
        Take(0, "a");
        var change = _roster.Take([Make.Definition("a") with { Weight = 3 }], Noon, DrainTimeout);

        Assert.Equal((true, 3, 0), (change.IsAny, _roster.Definitions.Single().Weight, change.Came.Count));
    }

    [Fact]
    public void A_roster_that_takes_over_has_those_of_the_other_until_it_finds_its_own()
    {
        Take(0, "a", "b");
        var next = new Roster();
        next.TakeOver(_roster);
        var before = next.Definitions.Count;
        next.Take([Make.Definition("b"), Make.Definition("c")], Noon, DrainTimeout);

        Assert.Equal((2, "a- b c"), (before, string.Join(' ', next.Definitions.Select(entry => entry.LeavesAt is null ? entry.Name : $"{entry.Name}-"))));
    }

    private RosterChange Take(int second, params string[] names) => _roster.Take(names.Select(name => Make.Definition(name)), Noon.AddSeconds(second), DrainTimeout);
}
