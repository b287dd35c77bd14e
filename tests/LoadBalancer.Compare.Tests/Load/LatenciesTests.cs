using LoadBalancer.Compare.Load;

namespace LoadBalancer.Compare.Tests.Load;

public sealed class LatenciesTests
{
    [Theory]
    [InlineData(0.50, 50)]
    [InlineData(0.99, 99)]
    [InlineData(1.00, 100)]
    public void A_quantile_is_what_that_part_did_not_exceed(double part, int microseconds) =>
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), Of(Enumerable.Range(1, 100)).Quantile(part));

    [Fact]
    public void What_takes_longer_than_a_second_counts_as_a_second() => Assert.Equal(TimeSpan.FromSeconds(1), Of([5_000_000]).Quantile(0.5));

    [Fact]
    public void Without_any_there_is_nothing() => Assert.Equal(TimeSpan.Zero, new Latencies().Quantile(0.99));

    private static Latencies Of(IEnumerable<int> microseconds)
    {
        var latencies = new Latencies();
        foreach (var one in microseconds)
        {
            latencies.Add(TimeSpan.FromMicroseconds(one));
        }

        return latencies;
    }
}
