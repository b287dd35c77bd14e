using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class PowerOfTwoChoicesPickerTests
{
    [Fact]
    public void Of_two_the_one_with_fewer_requests_in_flight_is_picked() =>
        Assert.Equal("bbbb", Candidates.Of(LoadBalancingPolicy.PowerOfTwoChoices, 2).WithInFlight(2, 1).Names(4));

    [Fact]
    public void Requests_are_counted_for_each_unit_of_weight() =>
        Assert.Equal("aaaa", new Candidates(LoadBalancingPolicy.PowerOfTwoChoices, 10, 1).WithInFlight(9, 1).Names(4));

    [Fact]
    public void Of_many_the_busiest_is_never_picked()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.PowerOfTwoChoices, 5).WithInFlight(1, 1, 9, 1, 1);

        Assert.Equal(0, candidates.Count(10_000)[2]);
    }

    [Fact]
    public void Idle_candidates_are_picked_by_their_weights()
    {
        var candidates = new Candidates(LoadBalancingPolicy.PowerOfTwoChoices, 5, 3, 1);

        Assert.InRange(candidates.ChiSquare(candidates.Count(100_000)), 0, ChiSquareLimit.For3);
    }

    [Fact]
    public void Requests_that_last_are_far_better_spread_than_by_lot()
    {
        Assert.InRange(Most(LoadBalancingPolicy.PowerOfTwoChoices), 100, 103);
        Assert.InRange(Most(LoadBalancingPolicy.Random), 115, 200);

        static int Most(LoadBalancingPolicy policy)
        {
            var candidates = Candidates.Of(policy, 100);
            for (var request = 0; request < 10_000; request++)
            {
                candidates.Begin();
            }

            return candidates.Destinations.Max(destination => destination.Load.InFlight);
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(1_000_000, 3)]
    public void The_two_are_never_the_same(double heaviest, int count)
    {
        double[] weights = [heaviest, .. Enumerable.Repeat(1.0, count - 1)];
        var candidates = new Candidates(LoadBalancingPolicy.PowerOfTwoChoices, weights);
        var (choices, random) = (new TwoChoices(weights), new Random(1));

        for (var draw = 0; draw < 1_000; draw++)
        {
            var (first, second) = choices.Draw(new PickContext(candidates.Destinations, default, null, (ulong)random.NextInt64() << 1, 0));
            Assert.NotEqual(first, second);
            Assert.InRange(second, 0, weights.Length - 1);
        }
    }

    [Fact]
    public void Beside_one_that_is_much_heavier_the_others_are_drawn_equally_often()
    {
        var candidates = new Candidates(LoadBalancingPolicy.PowerOfTwoChoices, 1_000_000, 1, 1).WithInFlight(100_000_000 / 1_000);

        var counts = candidates.Count(20_000);

        Assert.Equal(0, counts[0]);
        Assert.InRange(counts[1], 9_600, 10_400);
    }
}
