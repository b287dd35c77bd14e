using System.Globalization;

namespace LoadBalancer.Compare.Measuring;

/// <summary>Reads what <c>perf stat -x ,</c> writes of system calls.</summary>
internal static class CallSummary
{
    /// <summary>The event that perf is to count.</summary>
    public const string Event = "raw_syscalls:sys_enter";

    /// <summary>How many system calls there were; null where perf could not count them.</summary>
    public static long? Count(string summary) =>
        summary.Split('\n').Select(line => line.Split(',')).FirstOrDefault(fields => fields is [_, _, Event, ..]) is { } fields
        && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : null;
}
