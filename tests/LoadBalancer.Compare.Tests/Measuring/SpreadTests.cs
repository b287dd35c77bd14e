using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class SpreadTests
{
    [Fact]
    public void Of_five_figures_the_quartiles_are_the_second_and_the_fourth() => Assert.Equal(new Spread(2, 3, 4), Spread.Of([5, 1, 4, 2, 3]));

    [Fact]
    public void Between_two_figures_it_goes_in_proportion() => Assert.Equal(new Spread(1.75, 2.5, 3.25), Spread.Of([4, 3, 2, 1]));

    [Fact]
    public void One_figure_does_not_scatter() => Assert.Equal(new Spread(7, 7, 7), Spread.Of([7]));

    [Fact]
    public void No_figures_have_no_spread() => Assert.Throws<ArgumentException>(() => Spread.Of([]));
}
