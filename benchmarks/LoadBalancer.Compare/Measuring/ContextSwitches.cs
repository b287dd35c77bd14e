using System.Globalization;

namespace LoadBalancer.Compare.Measuring;

/// <summary>How often each of some threads has left its CPU so far, because it waited or because it had to.</summary>
/// <param name="byThread">The count of each thread, by its id.</param>
internal sealed class ContextSwitches(IReadOnlyDictionary<int, long> byThread)
{
    private static readonly string[] Lines = ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"];

    /// <summary>Reads <c>/proc/[pid]/task/[tid]/status</c> (proc_pid_status(5)): both kinds together.</summary>
    public static long Parse(string status) => status.Split('\n')
        .Where(line => Array.Exists(Lines, name => line.StartsWith(name, StringComparison.Ordinal)))
        .Sum(line => long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));

    /// <summary>How many there were since an earlier moment. Those of threads that have ended meanwhile are lost.</summary>
    public long Since(ContextSwitches before) => byThread.Sum(thread => thread.Value - before.Of(thread.Key));

    private long Of(int thread) => byThread.GetValueOrDefault(thread);
}
