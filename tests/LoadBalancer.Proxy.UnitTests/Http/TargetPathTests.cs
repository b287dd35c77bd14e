using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class TargetPathTests
{
    [Theory]
    [InlineData("/../a", true)]
    [InlineData("/..", true)]
    [InlineData("/a/../../b", true)]
    [InlineData("/a/..?b", true)]
    [InlineData("/%2e%2e/a", true)]
    [InlineData("/%2E./a", true)]
    [InlineData("/.%2e/a", true)]
    [InlineData("/..%2fa", true)]
    [InlineData("/..%2Fa", true)]
    [InlineData("/..\\a", true)]
    [InlineData("/a%5c..", true)]
    [InlineData("/..;x=y/a", true)]
    [InlineData("/..%3bx/a", true)]
    [InlineData("http://www.example.com/../a", true)]
    [InlineData("/", false)]
    [InlineData("/a/./b", false)]
    [InlineData("/a..b/..c/d../...", false)]
    [InlineData("/a?b=/../c", false)]
    [InlineData("/a?..", false)]
    [InlineData("/%252e%252e/a", false)]
    [InlineData("http://www.example.com/a", false)]
    public void A_path_climbs_where_any_reader_could_see_two_dots(string target, bool climbs) => Assert.Equal(climbs, TargetPath.Climbs(target));
}
