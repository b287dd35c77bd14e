using System.Globalization;

namespace LoadBalancer.Compare.Measuring;

/// <summary>A list of CPUs as the kernel writes it: <c>0-3,8</c>.</summary>
internal static class CpuList
{
    /// <summary>The CPUs of a list.</summary>
    public static IReadOnlyList<int> Parse(string list) =>
    [
        .. list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(range =>
        {
            var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        }),
    ];
}
