using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class RandomPickerTests
{
    [Fact]
    public void Equal_candidates_are_picked_equally_often()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.Random, 10);

        Assert.InRange(candidates.ChiSquare(candidates.Count(100_000)), 0, ChiSquareLimit.For10);
    }

    [Fact]
    public void Candidates_are_picked_by_their_weights()
    {
        var candidates = new Candidates(LoadBalancingPolicy.Random, 5, 3, 1);

        Assert.InRange(candidates.ChiSquare(candidates.Count(100_000)), 0, ChiSquareLimit.For3);
    }

    [Fact]
    public void Further_attempts_are_by_the_weights_of_those_that_are_left()
    {
        var counts = new Candidates(LoadBalancingPolicy.Random, 5, 3, 1).Count(40_000, Candidates.Tried(0));

        Assert.Equal(0, counts[0]);
        Assert.InRange(counts[2], 9_700, 10_300);
    }

    [Fact]
    public void It_is_not_in_any_order() => Assert.NotEqual("abcabcabcabc", Candidates.Of(LoadBalancingPolicy.Random, 3).Names(12));
}
