using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class CallSummaryTests
{
    [Fact]
    public void The_count_stands_before_the_event() => Assert.Equal(
        40_300,
        CallSummary.Count("# started on Thu Nov 26 14:57:31 2026\n\n40300,,raw_syscalls:sys_enter,2000731000,100.00,,\n"));

    [Theory]
    [InlineData("")]
    [InlineData("<not counted>,,raw_syscalls:sys_enter,0,100.00,,")]
    [InlineData("event syntax error: 'raw_syscalls:sys_enter'")]
    public void What_was_not_counted_is_not_none(string summary) => Assert.Null(CallSummary.Count(summary));
}
