using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class MachineStatTests
{
    private static readonly string[] Lines =
    [
        "cpu  3633 360 1181 16032 153 0 1444 0 0 0",
        "cpu0 1 20 300 9999 9999 4000 50000 9999 9999 9999",
        "cpu1 2 0 0 9999 9999 0 0 9999 9999 9999",
        "cpu10 7 0 0 9999 9999 0 0 9999 9999 9999",
        "intr 12345",
    ];

    [Fact]
    public void Busy_is_all_but_idle_waiting_and_stolen() => Assert.Equal(54321, MachineStat.BusyTicks(Lines, 0));

    [Fact]
    public void Only_the_CPUs_asked_for_count() => Assert.Equal(2 + 7, MachineStat.BusyTicks(Lines, 1, 10));

    [Fact]
    public void A_CPU_that_is_not_there_is_said() => Assert.Throws<FormatException>(() => MachineStat.BusyTicks(Lines, 0, 5));

    [Theory]
    [InlineData("0", "0")]
    [InlineData("\t0-3\n", "0 1 2 3")]
    [InlineData("0-1,4,6-7", "0 1 4 6 7")]
    public void A_list_of_CPUs_has_ranges(string list, string cpus) => Assert.Equal(cpus, string.Join(' ', CpuList.Parse(list)));
}
