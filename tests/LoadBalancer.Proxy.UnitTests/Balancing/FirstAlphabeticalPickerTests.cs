using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class FirstAlphabeticalPickerTests
{
    private static readonly ClusterOptions Options = new() { LoadBalancingPolicy = LoadBalancingPolicy.FirstAlphabetical };

    [Fact]
    public void The_first_by_name_is_picked_always_whatever_the_weights()
    {
        var candidates = new Candidates(Options, [9, 1, 9], [Make.Member("c"), Make.Member("A"), Make.Member("b")]);

        Assert.Equal("AAA", candidates.Names(3));
    }

    [Fact]
    public void After_it_comes_the_next_by_name()
    {
        var candidates = new Candidates(Options, [1, 1, 1], [Make.Member("c"), Make.Member("A"), Make.Member("b")]);

        Assert.Equal((2, 0), (candidates.Pick(Candidates.Tried(1)), candidates.Pick(Candidates.Tried(1, 2))));
    }
}
