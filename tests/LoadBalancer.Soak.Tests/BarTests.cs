namespace LoadBalancer.Soak.Tests;

public sealed class BarTests
{
    [Theory]
    [InlineData(0.5, true)]
    [InlineData(0.51, false)]
    [InlineData(null, false)]
    public void A_bar_holds_for_what_was_measured_and_is_at_most_so_large(double? measured, bool holds) =>
        Assert.Equal(holds, Bar.AtMost("share", measured, 0.5).Holds);

    [Fact]
    public void A_bar_says_what_was_claimed_and_what_was_seen() =>
        Assert.Equal("DOES NOT HOLD: back after <= 1.5 s: 2.25 s", Bar.AtMost("back after", 2.25, 1.5, " s").ToString());
}
