using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class SrvSharesTests
{
    // Each record as priority/weight.
    [Theory]
    [InlineData("0/10 0/20", "0/10 0/20")]
    [InlineData("10/1 20/1 10/3", "0/1 1/1 0/3")]
    [InlineData("65535/1 0/1", "1/1 0/1")]
    [InlineData("0/0 0/0", "0/1 0/1")]
    [InlineData("0/2000 0/1000 0/1", "0/1000 0/500 0/1")]
    [InlineData("0/3 0/0", "0/1000 0/1")]
    public void Weights_and_priorities_keep_their_proportion_and_order(string records, string shares) =>
        Assert.Equal(shares, string.Join(' ', SrvShares.Of([.. records.Split(' ').Select(Read)]).Select(share => $"{share.Priority}/{share.Weight}")));

    private static (ushort Priority, ushort Weight) Read(string record) => record.Split('/') is [var priority, var weight] ? (ushort.Parse(priority, null), ushort.Parse(weight, null)) : default;
}
