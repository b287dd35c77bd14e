using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class MaxForwardsTests
{
    [Theory]
    [InlineData("0", true)]
    [InlineData("00", true)]
    [InlineData("1", false)]
    [InlineData("", false)]
    [InlineData("-1", false)]
    [InlineData("none", false)]
    public void At_zero_the_request_goes_no_further(string value, bool isExhausted) => Assert.Equal(isExhausted, MaxForwards.IsExhausted(value));

    [Theory]
    [InlineData("1", "0")]
    [InlineData("10", "9")]
    [InlineData("0", "0")]
    [InlineData("99999999999", "99999999998")]
    [InlineData("-1", "-1")]
    [InlineData("none", "none")]
    [InlineData("", "")]
    public void Each_proxy_takes_one_off(string value, string sentOn) => Assert.Equal(sentOn, MaxForwards.Decrement(value));
}
