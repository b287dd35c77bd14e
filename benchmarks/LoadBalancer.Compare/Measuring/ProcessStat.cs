using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LoadBalancer.Compare.Measuring;

/// <summary>What <c>/proc/[pid]/stat</c> says of a process (proc_pid_stat(5)).</summary>
/// <param name="Id">The process.</param>
/// <param name="Parent">Who started it.</param>
/// <param name="Name">The name of its program, cut off after 15 characters.</param>
/// <param name="Own">The CPU time of all its threads, those that have ended included.</param>
/// <param name="Reaped">The CPU time of its children that have ended and were waited for, and of theirs.</param>
internal sealed record ProcessStat(int Id, int Parent, string Name, CpuTime Own, CpuTime Reaped)
{
    private const int ParentField = 1;
    private const int UserField = 11;

    /// <summary>Reads a line of <c>/proc/[pid]/stat</c>.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out ProcessStat? stat)
    {
        stat = null;

        // The name is in parentheses and may have blanks and parentheses of its own; nothing after it has any.
        var (open, close) = (line.IndexOf('(', StringComparison.Ordinal), line.LastIndexOf(')'));
        if (open < 0 || close < open || !TryRead(line[..open], out var id))
        {
            return false;
        }

        var fields = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var times = new long[4];
        for (var i = 0; i < times.Length; i++)
        {
            if (fields.Length <= UserField + i || !TryRead(fields[UserField + i], out times[i]))
            {
                return false;
            }
        }

        if (!TryRead(fields[ParentField], out var parent))
        {
            return false;
        }

        stat = new ProcessStat((int)id, (int)parent, line[(open + 1)..close], new(times[0], times[1]), new(times[2], times[3]));
        return true;
    }

    private static bool TryRead(string text, out long number) => long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
