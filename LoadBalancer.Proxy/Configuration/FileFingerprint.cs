namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// A text that differs when a file has changed, appeared or gone.
/// Asked for again and again, it sees what file system events miss: network drives, and links that are swapped, as Kubernetes does with a ConfigMap.
/// </summary>
internal static class FileFingerprint
{
    /// <summary>That of a file, as it is now.</summary>
    public static string Of(string file)
    {
        try
        {
            FileSystemInfo info = new FileInfo(file);
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            return info is FileInfo { Exists: true } found ? $"{found.FullName},{found.LastWriteTimeUtc.Ticks},{found.Length},{LinksTo(found.Directory)}" : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.GetType().Name;
        }
    }

    // A folder on the way may be the link that is swapped, and the new file may be as long and as old as the one before.
    private static string LinksTo(DirectoryInfo? folder) =>
        folder is null ? "" : $"{folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName},{LinksTo(folder.Parent)}";
}
