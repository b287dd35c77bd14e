using System.Globalization;

namespace LoadBalancer.Compare.Measuring;

/// <summary>What <c>/proc/stat</c> says of the CPUs (proc_stat(5)).</summary>
internal static class MachineStat
{
    // user, nice, system, idle, iowait, irq, softirq: idle and waiting for a disk are not busy. What follows (steal, guest) is time of others, or counted before.
    private static readonly int[] BusyFields = [0, 1, 2, 5, 6];

    /// <summary>For how many ticks these CPUs have been busy, together.</summary>
    /// <exception cref="FormatException">One of them is not there.</exception>
    public static long BusyTicks(IEnumerable<string> lines, params IReadOnlyCollection<int> cpus)
    {
        var wanted = cpus.Select(cpu => $"cpu{cpu.ToString(CultureInfo.InvariantCulture)}").ToHashSet();
        var found = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 0 && wanted.Contains(fields[0])).ToList();
        return found.Count == wanted.Count
            ? found.Sum(fields => BusyFields.Sum(field => long.Parse(fields[field + 1], CultureInfo.InvariantCulture)))
            : throw new FormatException($"/proc/stat does not tell of all of {string.Join(", ", wanted)}");
    }
}
