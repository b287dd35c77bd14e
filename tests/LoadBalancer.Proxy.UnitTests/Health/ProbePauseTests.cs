using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ProbePauseTests
{
    private static readonly ActiveHealthCheckOptions Options = new()
    {
        Interval = TimeSpan.FromSeconds(10),
        FastInterval = TimeSpan.FromMilliseconds(250),
        DownInterval = TimeSpan.FromSeconds(60),
        Jitter = 0.2,
    };

    [Theory]
    [InlineData(nameof(ProbeDoubt.None), 10)]
    [InlineData(nameof(ProbeDoubt.Open), 0.25)]
    [InlineData(nameof(ProbeDoubt.Down), 60)]
    public void It_goes_by_what_the_last_probe_left_open(string doubt, double seconds) =>
        Assert.Equal(seconds, ProbePause.After(Options, Enum.Parse<ProbeDoubt>(doubt), inDoubt: 1, chance: 0).TotalSeconds);

    [Fact]
    public void One_that_is_down_has_the_usual_interval_where_nothing_else_is_said() =>
        Assert.Equal(Options.Interval, ProbePause.After(Options with { DownInterval = null }, ProbeDoubt.Down, inDoubt: 1, chance: 0));

    [Fact]
    public void The_fast_interval_is_never_longer_than_the_usual_one() =>
        Assert.Equal(TimeSpan.FromMilliseconds(50), ProbePause.After(Options with { Interval = TimeSpan.FromMilliseconds(50) }, ProbeDoubt.Open, inDoubt: 1, chance: 0));

    [Theory]
    [InlineData(25, 0.25)]
    [InlineData(100, 1)]
    [InlineData(10_000, 10)]
    public void Many_that_are_in_doubt_get_a_hundred_probes_in_a_second_together(int inDoubt, double seconds) =>
        Assert.Equal(seconds, ProbePause.After(Options, ProbeDoubt.Open, inDoubt, chance: 0).TotalSeconds);

    [Theory]
    [InlineData(0.5, 9)]
    [InlineData(1, 8)]
    public void Chance_shortens_it_by_a_part_of_the_jitter(double chance, double seconds) =>
        Assert.Equal(seconds, ProbePause.After(Options, ProbeDoubt.None, inDoubt: 0, chance).TotalSeconds, 3);
}
