using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("!~/+=:.")]
    public void A_short_visible_value_may_be_kept(string value) => Assert.True(RequestId.IsAcceptable(value));

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("tab\t")]
    [InlineData("grün")]
    [InlineData("\u007f")]
    public void A_value_that_would_break_a_log_line_is_not(string value) => Assert.False(RequestId.IsAcceptable(value));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_value_has_at_most_128_characters(int length, bool isAcceptable) => Assert.Equal(isAcceptable, RequestId.IsAcceptable(new string('x', length)));

    [Fact]
    public void A_new_value_is_32_hexadecimal_digits() => Assert.Matches("^[0-9a-f]{32}$", RequestId.Create(new Random(1)));

    [Fact]
    public void Chance_comes_from_outside() => Assert.Equal(RequestId.Create(new Random(1)), RequestId.Create(new Random(1)));

    [Fact]
    public void Two_values_differ()
    {
        var random = new Random(1);

        Assert.NotEqual(RequestId.Create(random), RequestId.Create(random));
    }
}
