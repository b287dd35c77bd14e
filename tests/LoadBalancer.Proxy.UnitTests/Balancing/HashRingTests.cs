using LoadBalancer.Proxy.Balancing;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class HashRingTests
{
    private const int Keys = 100_000;

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(50)]
    public void Without_one_its_keys_go_to_the_others_and_no_other_key_moves(int count)
    {
        var (before, after) = (Owners(Names(count)), Owners(Names(count - 1)));
        var removed = $"d{count - 1}";

        Assert.Equal(before.Where(owner => owner != removed), after.Where((_, i) => before[i] != removed));
        Assert.InRange(before.Count(owner => owner == removed) / (double)Keys, 0.8 / count, 1.2 / count);
        Assert.True(count == 2 || after.Where((_, i) => before[i] == removed).Distinct().Count() == count - 1);
    }

    [Fact]
    public void The_order_of_destinations_changes_nothing()
    {
        var names = Names(10);

        Assert.Equal(Owners(names), Owners([.. names.Reverse()]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Nobody_has_much_more_than_its_share(int count)
    {
        var shares = Owners(Names(count)).CountBy(owner => owner).Select(pair => (double)pair.Value * count / Keys);

        Assert.InRange(shares.Max(), 1, 1.25);
    }

    [Fact]
    public void Shares_are_by_the_weights()
    {
        var counts = Owners(["a", "b", "c"], 5, 3, 1).CountBy(owner => owner).ToDictionary();

        Assert.All([("a", 5.0), ("b", 3.0), ("c", 1.0)], pair => Assert.InRange(counts[pair.Item1] / (double)Keys, pair.Item2 / 9 * 0.85, pair.Item2 / 9 * 1.15));
    }

    [Fact]
    public void A_weight_that_changes_moves_keys_of_that_destination_only()
    {
        var (before, after) = (Owners(["a", "b", "c"], 5, 5, 2), Owners(["a", "b", "c"], 5, 5, 1));

        Assert.All(before.Zip(after).Where(pair => pair.First != pair.Second), pair => Assert.Equal("c", pair.First));
    }

    // Where the points of each are fewer, since there are many, one destination more must not make them fewer again.
    [Fact]
    public void Among_very_many_too_no_other_key_moves()
    {
        var (before, after) = (Owners(Names(800)), Owners(Names(799)));

        Assert.Equal(before.Where(owner => owner != "d799"), after.Where((_, i) => before[i] != "d799"));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"d{i}")];

    private static string[] Owners(string[] names, params double[] weights)
    {
        var ring = new HashRing(Array.ConvertAll(names, name => Make.Member(name)), weights.Length > 0 ? weights : [.. names.Select(_ => 1.0)]);
        var random = new Random(1);
        return [.. Enumerable.Range(0, Keys).Select(_ => names[ring.OwnerOf(ring.Find((ulong)random.NextInt64() << 1))])];
    }
}
