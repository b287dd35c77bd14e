using System.Globalization;
using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Processes;

/// <summary>Reads <c>/proc</c>.</summary>
internal static class Proc
{
    private const double BytesPerMegabyte = 1024 * 1024;

    /// <summary>The processes that there are now.</summary>
    public static ProcessTable ReadProcesses() => new(Directory.EnumerateDirectories("/proc")
        .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
        .Select(folder => ReadOrNull(Path.Combine(folder, "stat")) is { } line && ProcessStat.TryParse(line, out var stat) ? stat : null)
        .OfType<ProcessStat>());

    /// <summary>For how many ticks these CPUs have been busy.</summary>
    public static long ReadBusyTicks(params IReadOnlyCollection<int> cpus) => MachineStat.BusyTicks(File.ReadLines("/proc/stat"), cpus);

    /// <summary>The resident memory of these processes, in MiB.</summary>
    public static double ReadResidentMegabytes(IEnumerable<ProcessStat> processes) => processes.Sum(process =>
    {
        // The second field of statm, in pages.
        var fields = ReadOrNull($"/proc/{process.Id}/statm")?.Split(' ');
        return fields is [_, var resident, ..] ? long.Parse(resident, CultureInfo.InvariantCulture) * Environment.SystemPageSize / BytesPerMegabyte : 0;
    });

    /// <summary>How often the threads of these processes have left their CPUs so far.</summary>
    public static ContextSwitches ReadContextSwitches(IEnumerable<ProcessStat> processes) => new(processes
        .SelectMany(process => ReadThreads(process.Id))
        .Select(folder => (Thread: int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), Status: ReadOrNull(Path.Combine(folder, "status"))))
        .Where(thread => thread.Status is not null)
        .ToDictionary(thread => thread.Thread, thread => ContextSwitches.Parse(thread.Status!)));

    /// <summary>The CPUs that we may run on, in order.</summary>
    public static IReadOnlyList<int> ReadAllowedCpus()
    {
        const string line = "Cpus_allowed_list:";
        var list = File.ReadLines("/proc/self/status").First(text => text.StartsWith(line, StringComparison.Ordinal))[line.Length..];
        return CpuList.Parse(list);
    }

    /// <summary>How many files a process that we start may have open.</summary>
    public static int ReadMostDescriptors() => ProcessLimits.MostOpenFiles(ReadOrNull("/proc/self/limits") ?? "");

    /// <summary>How the kernel paces TCP: some ways of it cost time that is charged to no process.</summary>
    public static string ReadCongestionControl() => ReadOrNull("/proc/sys/net/ipv4/tcp_congestion_control")?.Trim() ?? "unknown";

    private static string[] ReadThreads(int process)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    // Processes end while we read.
    private static string? ReadOrNull(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
