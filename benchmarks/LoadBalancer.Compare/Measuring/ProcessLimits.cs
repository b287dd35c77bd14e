using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadBalancer.Compare.Measuring;

/// <summary>What <c>/proc/[pid]/limits</c> says of a process (proc_pid_limits(5)).</summary>
internal static partial class ProcessLimits
{
    /// <summary>How many files it may have open when it asks for as many as it may; <see cref="int.MaxValue"/> where there is no limit, or none is told.</summary>
    public static int MostOpenFiles(string limits) =>
        OpenFiles().Match(limits) is { Success: true } match && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var most)
            ? most
            : int.MaxValue;

    [GeneratedRegex(@"^Max open files\s+\S+\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex OpenFiles();
}
