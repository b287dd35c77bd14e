using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class ProcessStatTests
{
    // The fields of proc_pid_stat(5): id, name, state, parent, seven others, minor and major faults among them, then utime, stime, cutime, cstime.
    private const string Rest = "S 41 42 42 0 -1 4194560 1480 77 0 0 310 120 7 5 20 0 3 0 8812 273678336 5342 18446744073709551615 1 1 0 0 0 0 0 4096 17474 0 0 0 17 1 0 0 0 0 0";

    [Theory]
    [InlineData("nginx")]
    [InlineData("tmux: server")]
    [InlineData("(sd-pam)")]
    [InlineData("a) S 1 (b")]
    public void A_line_is_read_whatever_the_name(string name)
    {
        Assert.True(ProcessStat.TryParse($"42 ({name}) {Rest}\n", out var stat));

        Assert.Equal(new ProcessStat(42, 41, name, Own: new(310, 120), Reaped: new(7, 5)), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42 (nginx")]
    [InlineData("42 (nginx) S 41 42 42 0 -1")]
    [InlineData("x (nginx) S 41 42 42 0 -1 4194560 1480 77 0 0 310 120 7 5")]
    public void What_is_no_such_line_is_refused(string line) => Assert.False(ProcessStat.TryParse(line, out _));

    [Fact]
    public void A_tick_is_ten_milliseconds() => Assert.Equal(30_000, new CpuTime(UserTicks: 1, KernelTicks: 2).Microseconds);
}
