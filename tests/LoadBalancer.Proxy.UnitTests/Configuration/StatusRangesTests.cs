using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class StatusRangesTests
{
    [Theory]
    [InlineData("200", 200, true)]
    [InlineData("200", 201, false)]
    [InlineData("200-299,304", 299, true)]
    [InlineData("200-299,304", 300, false)]
    [InlineData("200-299,304", 304, true)]
    [InlineData(" 200 - 299 , 304 ", 250, true)]
    [InlineData("100-599", 100, true)]
    [InlineData("100-599", 599, true)]
    public void A_set_has_the_codes_that_it_names(string text, int status, bool contains) =>
        Assert.Equal(contains, StatusRanges.TryParse(text)!.Contains(status));

    [Theory]
    [InlineData("")]
    [InlineData("2xx")]
    [InlineData("200,")]
    [InlineData("299-200")]
    [InlineData("200-250-299")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("-200")]
    [InlineData("200-")]
    public void What_is_no_set_is_refused(string text) => Assert.Null(StatusRanges.TryParse(text));

    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    [InlineData(399, true)]
    [InlineData(400, false)]
    public void The_default_is_success_and_redirect(int status, bool contains) => Assert.Equal(contains, StatusRanges.SuccessOrRedirect.Contains(status));

    // A reload compares options to see what has changed.
    [Fact]
    public void Two_sets_of_the_same_codes_are_equal() => Assert.Equal(StatusRanges.SuccessOrRedirect, StatusRanges.TryParse(" 200-399"));

    [Fact]
    public void Two_sets_of_different_codes_differ() => Assert.NotEqual(StatusRanges.SuccessOrRedirect, StatusRanges.TryParse("200-398"));

    [Fact]
    public void A_set_says_the_text_it_was_read_from() => Assert.Equal("200-299,304", StatusRanges.TryParse("200-299,304")!.ToString());
}
