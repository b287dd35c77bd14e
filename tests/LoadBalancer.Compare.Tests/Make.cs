using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests;

/// <summary>Makes figures, with whatever a test does not care about filled in.</summary>
internal static class Make
{
    /// <summary>A slot in which a request took this much CPU time.</summary>
    public static Slot Slot(int microsecondsEach, bool disturbed = false, long errors = 0, long switches = 0) => new(
        new LoadReport(Requests: 10_000, RequestsPerSecond: 2_500, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), errors),
        new CpuTime(UserTicks: 0, KernelTicks: microsecondsEach),
        BusyTicks: disturbed ? 200 : 100,
        KnownTicks: 100,
        switches,
        ResidentMegabytes: 20);
}
