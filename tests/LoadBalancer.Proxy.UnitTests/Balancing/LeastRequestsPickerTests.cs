using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class LeastRequestsPickerTests
{
    [Fact]
    public void The_one_with_the_fewest_requests_in_flight_is_picked() =>
        Assert.Equal("bbb", Candidates.Of(LoadBalancingPolicy.LeastRequests, 3).WithInFlight(3, 1, 2).Names(3));

    [Fact]
    public void Requests_are_counted_for_each_unit_of_weight() =>
        Assert.Equal("aaa", new Candidates(LoadBalancingPolicy.LeastRequests, 10, 1).WithInFlight(9, 1).Names(3));

    [Fact]
    public void Of_several_with_the_same_load_each_is_picked_by_its_weight()
    {
        var candidates = new Candidates(LoadBalancingPolicy.LeastRequests, 5, 3, 1);

        Assert.InRange(candidates.ChiSquare(candidates.Count(100_000)), 0, ChiSquareLimit.For3);
    }

    [Fact]
    public void What_was_tried_is_not_picked_however_idle() =>
        Assert.Equal(2, Candidates.Of(LoadBalancingPolicy.LeastRequests, 3).WithInFlight(0, 1, 2).Pick(Candidates.Tried(0, 1)));

    [Fact]
    public void Requests_in_flight_come_to_stand_by_the_weights()
    {
        var candidates = new Candidates(LoadBalancingPolicy.LeastRequests, 5, 3, 1);

        for (var request = 0; request < 90; request++)
        {
            candidates.Begin();
        }

        Assert.Equal([50, 30, 10], candidates.Destinations.Select(destination => destination.Load.InFlight));
    }
}
