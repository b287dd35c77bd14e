using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class ClusterSnapshotTests
{
    [Fact]
    public void At_first_all_that_are_available_are_candidates()
    {
        var (picker, snapshot, _) = Snapshot("a", "b", "c");

        snapshot.Pick();

        Assert.Equal("a b c", picker.Seen);
    }

    [Theory]
    [InlineData("a", "", "b c")]
    [InlineData("b", "b", "a c")]
    [InlineData("c a", "", "b")]
    [InlineData("c a b", "", "a b c")]
    [InlineData("c a b", "a c", "b")]
    [InlineData("c a b a", "b", "a c")]
    public void What_was_tried_is_a_candidate_only_when_nothing_else_is_left_and_it_was_reached(string tried, string unreached, string candidates)
    {
        var (picker, snapshot, destinations) = Snapshot("a", "b", "c");

        snapshot.PickAgain(Named(tried), Named(unreached));

        Assert.Equal(candidates, picker.Seen);

        Destination[] Named(string names) =>
            [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => destinations.Single(destination => destination.Name == name))];
    }

    [Fact]
    public void When_none_was_reached_none_is_left()
    {
        var (picker, snapshot, destinations) = Snapshot("a", "b");

        Assert.Null(snapshot.PickAgain(destinations, destinations));
        Assert.Null(picker.Seen);
    }

    [Fact]
    public void Without_destinations_none_is_picked()
    {
        var (picker, snapshot, _) = Snapshot();

        Assert.Null(snapshot.Pick());
        Assert.Null(snapshot.PickAgain([], []));
        Assert.Null(picker.Seen);
    }

    [Fact]
    public void One_tried_that_is_no_longer_there_changes_nothing()
    {
        var (picker, snapshot, _) = Snapshot("a", "b");

        snapshot.PickAgain([Make.Destination("gone")], []);

        Assert.Equal("a b", picker.Seen);
    }

    [Fact]
    public void The_unhealthy_are_in_all_and_not_available()
    {
        var destinations = Make.Destinations("a", "b", "c");
        destinations[1].Health.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        var snapshot = new ClusterSnapshot(new ClusterOptions(), destinations, new SpyPicker());

        Assert.Equal(("a b c", "a c"), (snapshot.All.Names(), snapshot.Available.Names()));
    }

    [Fact]
    public void A_snapshot_does_not_change_when_a_verdict_does()
    {
        var (_, snapshot, destinations) = Snapshot("a", "b");

        destinations[0].Health.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        Assert.Equal("a b", snapshot.Available.Names());
    }

    private static (SpyPicker Picker, ClusterSnapshot Snapshot, Destination[] Destinations) Snapshot(params string[] names)
    {
        var (picker, destinations) = (new SpyPicker(), Make.Destinations(names));
        return (picker, new ClusterSnapshot(new ClusterOptions(), destinations, picker), destinations);
    }
}
