using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class BarTests
{
    private static readonly Bar Bar = new("small", "kestrel", "nginx", 0.90);

    [Fact]
    public void A_bar_names_scenario_proxy_peer_and_ratio() => Assert.Equal(Bar, Bar.TryParse("small:kestrel/nginx=0.90"));

    [Fact]
    public void A_bar_may_name_a_figure() => Assert.Equal(Bar with { Figure = Figure.Machine }, Bar.TryParse("small.machine:kestrel/nginx=0.90"));

    [Fact]
    public void A_bar_on_a_figure_needs_no_peer() => Assert.Equal(new Bar("small", "kestrel", null, 0.05) { Figure = Figure.Switches }, Bar.TryParse("small.switches:kestrel=0.05"));

    [Theory]
    [InlineData("")]
    [InlineData("small.:kestrel/nginx=0.9")]
    [InlineData("small.speed:kestrel/nginx=0.9")]
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

    [Theory]
    [InlineData(512, 563, true)]
    [InlineData(512, 564, false)]
    public void The_upper_quartile_of_what_is_no_ratio_may_be_a_tenth_above(double median, double upper, bool holds) =>
        Assert.Equal(holds, new Bar("small", "kestrel", null, 512) { Figure = Figure.Memory }.Holds(new Spread(1, median, upper)));

    [Fact]
    public void What_was_not_measured_does_not_hold() => Assert.False(Bar.Holds(null));
}
