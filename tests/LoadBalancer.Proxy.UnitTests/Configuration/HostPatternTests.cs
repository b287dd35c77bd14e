using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class HostPatternTests
{
    [Theory]
    [InlineData("example.com", "example.com", null, true)]
    [InlineData("example.com", "EXAMPLE.com", null, true)]
    [InlineData("example.com.", "example.com", null, true)]
    [InlineData("*.example.com.:8080", "www.example.com", 8080, true)]
    [InlineData("example.com", "example.com", 8080, true)]
    [InlineData("example.com", "www.example.com", null, false)]
    [InlineData("example.com:8080", "example.com", 8080, true)]
    [InlineData("example.com:8080", "example.com", null, false)]
    [InlineData("example.com:8080", "example.com", 80, false)]
    [InlineData("*.example.com", "www.example.com", null, true)]
    [InlineData("*.example.com", "a.b.example.com", null, true)]
    [InlineData("*.example.com", "example.com", null, false)]
    [InlineData("*.example.com", "badexample.com", null, false)]
    [InlineData("*.example.com", ".example.com", null, false)]
    [InlineData("*.example.com:8080", "www.example.com", 8080, true)]
    [InlineData("*.example.com:8080", "www.example.com", 80, false)]
    [InlineData("[::1]", "[::1]", null, true)]
    [InlineData("[::1]:8080", "[::1]", 8080, true)]
    [InlineData("127.0.0.1", "127.0.0.1", null, true)]
    public void A_host_matches_or_not(string pattern, string host, int? port, bool matches) => Assert.Equal(matches, HostPattern.Parse(pattern)!.Matches(host, port));

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
    public void What_is_no_host_is_refused(string pattern) => Assert.Null(HostPattern.Parse(pattern));
}
