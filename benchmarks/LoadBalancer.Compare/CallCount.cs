using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare;

/// <summary>Counts the system calls of a proxy by perf. Each costs a little then, so it is done in a load that does not count for anything else.</summary>
internal static class CallCount
{
    private const int Interrupt = 2;

    // perf does not tell when it looks. Nothing is lost, as the load comes after it.
    private static readonly TimeSpan UntilItLooks = TimeSpan.FromSeconds(1);

    /// <summary>How many a request takes while some load is on.</summary>
    /// <param name="proxy">The first process of the proxy.</param>
    /// <param name="cpus">Where perf is to run.</param>
    /// <exception cref="CompareException">perf is not installed, or may not count.</exception>
    public static async Task<double> DuringAsync(Func<Task<LoadReport>> load, int proxy, string cpus, WorkFolder folder, CancellationToken cancellationToken)
    {
        var summary = folder.Write("calls", "");
        var ids = string.Join(',', Proc.ReadProcesses().Tree(proxy).Select(process => process.Id));
        await using var perf = Child.Start(new Launch(Programs.Need("perf"), "stat", "-e", CallSummary.Event, "-x", ",", "-o", summary, "-p", ids).On(cpus));
        await Task.Delay(UntilItLooks, TimeProvider.System, cancellationToken);
        var report = await load();

        // Told to end, it writes what it has counted.
        await perf.SignalAsync(Interrupt, isLast: true);
        return CallSummary.Count(await File.ReadAllTextAsync(summary, cancellationToken)) is { } calls
            ? (double)calls / report.Requests
            : throw new CompareException($"perf does not count system calls. {perf.Said}");
    }
}
