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

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b?c=/../d", "/a/b")]
    [InlineData("/a//b/", "/a//b/")]
    [InlineData("/%41%c3%a9/%F0%9F%98%80", "/A\u00e9/\U0001F600")]
    [InlineData("/a%2Fb%2fc", "/a%2Fb%2fc")]
    [InlineData("/a%/%4/%zz/%00/%80/%C0%AE/%ED%A0%80", "/a%/%4/%zz/%00/%80/%C0%AE/%ED%A0%80")]
    [InlineData("/%E2%82%41", "/%E2%82A")]
    [InlineData("/%252e/a", "/%2e/a")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/..", "/")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/.well-known/..a/...", "/.well-known/..a/...")]
    [InlineData("http://www.example.com/a%2Fb/../c?d", "/c")]
    [InlineData("http://www.example.com", "/")]
    [InlineData("http://www.example.com?/a", "/")]
    public void Routes_are_found_by_the_decoded_path_without_dot_segments(string target, string path)
    {
        Assert.Equal(path, TargetPath.Of(target, new char[64]).ToString());
        Assert.Equal(path, TargetPath.Of(target, []).ToString());
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b/", "/a/b/")]
    [InlineData("/%41%7e%2D", "/A~-")]
    [InlineData("/a%2fb%252F", "/a%2Fb%252F")]
    [InlineData("/a+b%2B;c,d%2C", "/a+b%2B;c,d%2C")]
    [InlineData("/a|b\"c<d>", "/a%7Cb%22c%3Cd%3E")]
    [InlineData("/gr\u00fcn b/\U0001F600", "/gr%C3%BCn%20b/%F0%9F%98%80")]
    [InlineData("/a%/%zz/%4", "/a%25/%25zz/%254")]
    [InlineData("/%0d%0A%00", "/%0D%0A%00")]
    [InlineData("/a/./%2e%2e/b", "/b")]
    public void Of_the_spellings_of_a_path_one_is_canonical(string path, string canonical)
    {
        Assert.Equal(canonical, TargetPath.Canonical(path));
        Assert.Equal(canonical, TargetPath.Canonical(canonical));
    }
}
