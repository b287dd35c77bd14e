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
    public void A_name_is_a_token(string name, bool isName) => Assert.Equal(isName, MessageSyntax.IsFieldName(name));

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
}
