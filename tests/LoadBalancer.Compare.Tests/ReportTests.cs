using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests;

public sealed class ReportTests
{
    private static readonly Bar Bar = new("small", "kestrel", "nginx", 0.90);

    [Fact]
    public void A_row_without_a_program_says_so()
    {
        var rows = Tabulate(Five(ours: 9, theirs: 10), new("nginx", IsOurs: false), new("caddy", IsOurs: false, "not installed"), new("kestrel", IsOurs: true));

        Assert.Contains(rows, row => row is ["caddy", "not installed", ..]);
    }

    [Fact]
    public void The_row_of_a_peer_has_our_ratio_to_it()
    {
        var rows = Tabulate(Five(ours: 9, theirs: 10), new("nginx", IsOurs: false), new("kestrel", IsOurs: true));

        Assert.Equal(["nginx", "0.90", "10.0"], rows.Single(row => row[0] == "nginx")[..3]);
        Assert.Equal(["kestrel", "", "9.0"], rows.Single(row => row[0] == "kestrel")[..3]);
    }

    [Fact]
    public void A_bar_that_holds_passes() => Assert.Equal((true, "pass  small:kestrel/nginx <= 0.90: 0.90"), Judge(Bar, Five(ours: 9, theirs: 10)));

    [Fact]
    public void A_bar_that_does_not_hold_fails() => Assert.Equal((false, "fail  small:kestrel/nginx <= 0.90: 1.20"), Judge(Bar, Five(ours: 12, theirs: 10)));

    [Fact]
    public void A_bar_of_a_scenario_that_did_not_run_fails() => Assert.Equal((false, "fail  small:kestrel/nginx <= 0.90: not measured"), Judge(Bar, null));

    [Fact]
    public void Errors_fail_a_bar_whatever_the_ratio() =>
        Assert.Equal((false, "fail  small:kestrel/nginx <= 0.90: 0.50, 15 errors"), Judge(Bar, Five(ours: 5, theirs: 10, errors: 3)));

    [Fact]
    public void A_verdict_on_little_ground_says_so()
    {
        var figures = new ScenarioFigures();
        figures.BeginStart();
        figures.Add("kestrel", Make.Slot(8, disturbed: true));
        figures.Add("nginx", Make.Slot(10));

        Assert.Equal((true, "pass  small:kestrel/nginx <= 0.90: 0.80, 1 of 2 slots were disturbed, only 1 of 5 starts"), Judge(Bar, figures));
    }

    [Fact]
    public void A_bar_on_another_figure_judges_that() =>
        Assert.Equal((false, "fail  small.p99:kestrel/nginx <= 0.90: 1.00"), Judge(Bar with { Figure = Figure.P99 }, Five(ours: 5, theirs: 10)));

    [Fact]
    public void A_bar_without_a_peer_judges_the_figure_itself() => Assert.Equal(
        (true, "pass  small.switches:kestrel <= 0.05: 0.040"),
        Judge(new("small", "kestrel", null, 0.05) { Figure = Figure.Switches }, Five(ours: 5, theirs: 10, switches: 400)));

    private static (bool Holds, string Line) Judge(Bar bar, ScenarioFigures? measured) => Report.Judge(bar, measured, Figure.Cpu);

    private static ScenarioFigures Five(int ours, int theirs, long errors = 0, long switches = 0)
    {
        var figures = new ScenarioFigures();
        for (var start = 0; start < 5; start++)
        {
            figures.BeginStart();
            figures.Add("kestrel", Make.Slot(ours, errors: errors, switches: switches));
            figures.Add("nginx", Make.Slot(theirs));
        }

        return figures;
    }

    private static List<string[]> Tabulate(ScenarioFigures figures, params Row[] rows) =>
        [.. Report.Tabulate(figures, rows, Figure.OfRequests).ToString().Split('\n').Skip(2).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];
}
