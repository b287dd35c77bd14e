using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ForwardedFieldsTests
{
    [Theory]
    [InlineData("Forwarded", true)]
    [InlineData("forwarded", true)]
    [InlineData("X-Forwarded-For", true)]
    [InlineData("X-Forwarded-Proto", true)]
    [InlineData("x-forwarded-host", true)]
    [InlineData("X-Forwarded-Port", true)]
    [InlineData("X-Forwarded-Prefix", true)]
    [InlineData("X-Forwarded-Protocol", true)]
    [InlineData("X-Forwarded-Scheme", true)]
    [InlineData("X-Forwarded-Ssl", true)]
    [InlineData("X-Forwarded-User", false)]
    [InlineData("X-Forwarded", false)]
    [InlineData("Host", false)]
    public void What_this_proxy_says_itself_is_known_in_all_its_names(string name, bool isKnown) =>
        Assert.Equal(isKnown, ForwardedFields.Includes(name));
}
