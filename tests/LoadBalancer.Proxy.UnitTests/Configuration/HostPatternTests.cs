using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class HostPatternTests
{
    [Theory]
    [InlineData("")]
    [InlineData("*.")]
    [InlineData(".")]
    [InlineData("*")]
    [InlineData("www.*.com")]
    [InlineData("http://example.com")]
    [InlineData("example.com/path")]
    [InlineData("example.com:")]
    [InlineData("example.com:99999")]
    [InlineData("exa mple.com")]
    [InlineData("user@example.com")]
    [InlineData("example.com:80:90")]
    [InlineData("*..example.com")]
    [InlineData("a~b")]
    public void What_is_no_host_is_refused(string pattern) => Assert.Null(HostPattern.Parse(pattern));
}
