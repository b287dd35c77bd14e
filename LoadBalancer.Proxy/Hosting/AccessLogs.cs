using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Opens the access log that a configuration asks for.</summary>
internal static class AccessLogs
{
    /// <summary>Finds what would keep it from being opened, as far as that shows without making a file.</summary>
    /// <exception cref="ConfigurationException">Something would.</exception>
    public static void Check(AccessLogOptions? options)
    {
        if (options?.File is { } file && (Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))))
        {
            throw new ConfigurationException("AccessLog:File", $"cannot open '{file}': {(Directory.Exists(file) ? "it is a folder" : "its folder is not there")}");
        }
    }

    /// <summary>Opens it. It is opened at every reload, so that after a rotation the file is the new one.</summary>
    /// <returns>Where lines go; null for nowhere.</returns>
    /// <exception cref="ConfigurationException">The file cannot be opened.</exception>
    public static AccessLogTarget? Open(AccessLogOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        try
        {
            return new AccessLogTarget(LogFile.Open(options.File), options.Format == AccessLogFormat.Json ? AccessLine.Json : AccessLine.Combined, options.MaxQueueSize);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException("AccessLog:File", $"cannot open '{options.File}': {exception.Message}");
        }
    }
}
