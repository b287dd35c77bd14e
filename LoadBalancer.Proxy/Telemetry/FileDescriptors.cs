using System.Globalization;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>The file descriptors of this process. Known on Linux only, which tells in <c>/proc</c>.</summary>
internal static class FileDescriptors
{
    private const string LimitLine = "Max open files";

    /// <summary>How many may be open at once (<c>RLIMIT_NOFILE</c>); null when that is not known, or without limit.</summary>
    public static int? Limit() => OperatingSystem.IsLinux() ? Try(static () => ParseLimit(File.ReadLines("/proc/self/limits"))) : null;

    // In /proc/self/fd each is a link, and to list links the platform looks at where each leads.
    /// <summary>How many are open; null when that is not known.</summary>
    public static int? Count() => OperatingSystem.IsLinux() ? Try(static () => Directory.EnumerateFileSystemEntries("/proc/self/fdinfo").Count()) : null;

    /// <summary>The soft limit that a file such as <c>/proc/self/limits</c> tells.</summary>
    internal static int? ParseLimit(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith(LimitLine, StringComparison.Ordinal)) is { } line
        && long.TryParse(line[LimitLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Min(limit, int.MaxValue)
            : null;

    // A process without a descriptor to spare cannot look either.
    private static int? Try(Func<int?> look)
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
