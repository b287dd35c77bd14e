using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class ScenarioFiguresTests
{
    [Fact]
    public void A_figure_is_the_median_over_rounds_and_then_over_starts()
    {
        var figures = Figures.Of(starts: [("us", [10, 90, 20]), ("us", [30, 30, 30]), ("us", [41, 40, 1000])]);

        Assert.Equal(new Spread(25, 30, 35.5), figures.Of("us", Figure.Cpu));
    }

    [Fact]
    public void A_ratio_is_taken_within_a_round()
    {
        var figures = new ScenarioFigures();
        figures.BeginStart();
        Figures.Add(figures, "us", 10, 100, 1000);
        Figures.Add(figures, "them", 20, 200, 2000);

        Assert.Equal(0.5, figures.Ratio("us", "them", Figure.Cpu)?.Median);
    }

    [Fact]
    public void A_disturbed_round_does_not_count_where_another_was_not()
    {
        var figures = new ScenarioFigures();
        figures.BeginStart();
        Figures.Add(figures, "us", 10, 90, 90);
        figures.Add("them", Make.Slot(20));
        figures.Add("them", Make.Slot(20, disturbed: true));
        figures.Add("them", Make.Slot(20, disturbed: true));

        Assert.Equal(0.5, figures.Ratio("us", "them", Figure.Cpu)?.Median);
    }

    [Fact]
    public void Where_all_rounds_were_disturbed_they_count()
    {
        var figures = new ScenarioFigures();
        figures.BeginStart();
        figures.Add("us", Make.Slot(30, disturbed: true));

        Assert.Equal(30, figures.Of("us", Figure.Cpu)?.Median);
    }

    [Fact]
    public void A_proxy_that_was_never_measured_has_no_figures()
    {
        var figures = Figures.Of(starts: [("us", [10])]);

        Assert.Null(figures.Of("them", Figure.Cpu));
        Assert.Null(figures.Ratio("us", "them", Figure.Cpu));
    }

    [Fact]
    public void A_proxy_that_was_dropped_has_no_figures()
    {
        var figures = Figures.Of(starts: [("us", [10]), ("us", [10])]);

        figures.Drop("us");

        Assert.Empty(figures.SlotsOf("us"));
        Assert.Null(figures.Of("us", Figure.Cpu));
    }

    [Theory]
    [InlineData(110, false)]
    [InlineData(111, true)]
    public void A_slot_is_disturbed_when_more_than_a_tenth_is_not_of_the_measurement(long busy, bool disturbed) =>
        Assert.Equal(disturbed, (Make.Slot(10) with { BusyTicks = busy, KnownTicks = 100 }).IsDisturbed);

    [Fact]
    public void What_a_proxy_grows_by_is_divided_by_the_connections()
    {
        var slot = Make.Slot(10);

        Assert.Equal(512, Figure.ConnectionBytes.Of(slot with { Load = slot.Load with { GrowthMegabytes = 4.5, Grown = 9_216 } }));
    }

    private static class Figures
    {
        public static ScenarioFigures Of(params (string Proxy, int[] MicrosecondsEach)[] starts)
        {
            var figures = new ScenarioFigures();
            foreach (var (proxy, rounds) in starts)
            {
                figures.BeginStart();
                Add(figures, proxy, rounds);
            }

            return figures;
        }

        public static void Add(ScenarioFigures figures, string proxy, params int[] microsecondsEach) =>
            Array.ForEach(microsecondsEach, microseconds => figures.Add(proxy, Make.Slot(microseconds)));
    }
}
