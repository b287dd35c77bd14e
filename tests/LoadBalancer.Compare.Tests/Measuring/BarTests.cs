using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class BarTests
{
    private static readonly Bar Bar = new("small", "kestrel", "nginx", 0.90);

    [Fact]
    public void A_bar_names_scenario_proxy_peer_and_ratio() => Assert.Equal(Bar, Bar.TryParse("small:kestrel/nginx=0.90"));

    [Theory]
    [InlineData("")]
    [InlineData("small=0.9")]
    [InlineData("small:kestrel=0.9")]
    [InlineData("small:kestrel/nginx")]
    [InlineData("small:kestrel/nginx=")]
    [InlineData("small:kestrel/nginx=0.9.1")]
    [InlineData("small:kestrel/nginx=-1")]
    public void What_is_written_otherwise_is_no_bar(string text) => Assert.Null(Bar.TryParse(text));

    [Theory]
    [InlineData(0.90, 1.00, true, "both just within")]
    [InlineData(0.70, 0.80, true, "well under")]
    [InlineData(0.91, 0.91, false, "the median is above")]
    [InlineData(0.80, 1.01, false, "the upper quartile is too far above")]
    [InlineData(double.NaN, double.NaN, false, "nothing that can be compared")]
    public void A_bar_holds_when_the_median_is_under_it_and_the_upper_quartile_not_far_above(double median, double upper, bool holds, string because) =>
        Assert.True(holds == Bar.Holds(new Spread(0.1, median, upper)), because);

    [Fact]
    public void What_was_not_measured_does_not_hold() => Assert.False(Bar.Holds(null));
}
