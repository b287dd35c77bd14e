using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ViaTests
{
    [Theory]
    [InlineData("HTTP/1.0", "1.0 LoadBalancer")]
    [InlineData("HTTP/1.1", "1.1 LoadBalancer")]
    [InlineData("HTTP/2", "2.0 LoadBalancer")]
    [InlineData("HTTP/3", "3.0 LoadBalancer")]
    public void An_entry_names_the_version_received(string protocol, string entry) => Assert.Equal(entry, Via.Entry(protocol));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(Via.MostPasses - 1, false)]
    [InlineData(Via.MostPasses, true)]
    [InlineData(Via.MostPasses + 5, true)]
    public void A_request_that_passed_too_often_is_in_a_circle(int passes, bool isLoop) =>
        Assert.Equal(isLoop, Via.IsLoop(string.Join(", ", Enumerable.Repeat(Via.Entry("HTTP/1.1"), passes).Prepend("1.1 other"))));

    [Fact]
    public void The_names_of_others_do_not_count() =>
        Assert.False(Via.IsLoop(string.Join(',', Enumerable.Repeat("1.1 MyLoadBalancer, 1.1 LoadBalancer2, 1.1 x (LoadBalancer)", 20))));

    [Fact]
    public void Blanks_around_the_commas_do_not_matter() =>
        Assert.True(Via.IsLoop(string.Join("\t , ", Enumerable.Repeat("1.1 LoadBalancer", Via.MostPasses))));
}
