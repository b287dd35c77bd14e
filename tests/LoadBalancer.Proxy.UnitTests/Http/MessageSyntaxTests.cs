using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class MessageSyntaxTests
{
    [Theory]
    [InlineData("X-A", true)]
    [InlineData("x_a.b~1!#$%&'*+^`|", true)]
    [InlineData("", false)]
    [InlineData("X A", false)]
    [InlineData("X:A", false)]
    [InlineData("X\0A", false)]
    [InlineData("X\u00e9A", false)]
    [InlineData("X(A)", false)]
    public void A_name_is_a_token(string name, bool isName) => Assert.Equal(isName, MessageSyntax.IsToken(name));

    [Theory]
    [InlineData("", true)]
    [InlineData("a b\tc \u00e9\u00ff", true)]
    [InlineData("a\rb", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u001fb", false)]
    [InlineData("a\u007fb", false)]
    public void A_value_has_no_control_characters_but_the_tab(string value, bool isValue) => Assert.Equal(isValue, MessageSyntax.IsFieldValue(value));

    [Theory]
    [InlineData("/a%20b?c={d}|\\^", true)]
    [InlineData("*", true)]
    [InlineData("/a b", false)]
    [InlineData("/a\tb", false)]
    [InlineData("/a#b", false)]
    [InlineData("/\u00e9", false)]
    [InlineData("/\u007f", false)]
    public void A_target_is_visible_and_has_no_fragment(string target, bool isTarget) => Assert.Equal(isTarget, MessageSyntax.IsTarget(target));

    [Theory]
    [InlineData("example.com", true)]
    [InlineData("example.com.", true)]
    [InlineData("a_b-:8080", true)]
    [InlineData("a:", true)]
    [InlineData("1.2.3.4:65535", true)]
    [InlineData("256.1.1.1", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("[::ffff:1.2.3.4]", true)]
    [InlineData("a:65536", false)]
    [InlineData("[::1]:65536", false)]
    [InlineData("[1.2.3.4]", false)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("a~b", false)]
    [InlineData("a!b", false)]
    [InlineData("a(b", false)]
    [InlineData("a/b", false)]
    [InlineData("a,b", false)]
    [InlineData("a@b", false)]
    [InlineData("a b", false)]
    [InlineData("-a-", true)]
    public void A_host_is_what_the_client_of_the_platform_can_read(string host, bool isHost)
    {
        using var message = new HttpRequestMessage();
        message.Headers.TryAddWithoutValidation("Host", host);

        Assert.Equal((isHost, isHost), (MessageSyntax.IsHost(host), message.Headers.Host == host));
    }

    [Theory]
    [InlineData("example.com", "example.com", null)]
    [InlineData("example.com:8080", "example.com", 8080)]
    [InlineData("example.com:", "example.com", null)]
    [InlineData("[::1]", "[::1]", null)]
    [InlineData("[::1]:8080", "[::1]", 8080)]
    [InlineData("", "", null)]
    public void A_host_may_name_a_port(string value, string name, int? port) =>
        Assert.Equal((name, port), (MessageSyntax.SplitHost(value, out var number).ToString(), number));
}
