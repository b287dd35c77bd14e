namespace LoadBalancer.Proxy.Configuration;

/// <summary>A line for each request.</summary>
internal sealed record AccessLogOptions
{
    /// <summary>What a line looks like. Default <see cref="AccessLogFormat.Json"/>.</summary>
    public AccessLogFormat Format { get; init; } = AccessLogFormat.Json;

    /// <summary>The file that lines are appended to. Default: the standard output.</summary>
    public string? File { get; init; }

    /// <summary>How many bytes of lines may wait to be written; further lines are dropped and counted. Default 4 MiB.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxQueueSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(AccessLogOptions? log, Action<string, string> report)
    {
        if (log is { File: { } file } && string.IsNullOrWhiteSpace(file))
        {
            report("AccessLog:File", "is empty: write the path of a file, or leave it out for the standard output");
        }
    }
}

/// <summary>What a line of the access log looks like.</summary>
public enum AccessLogFormat
{
    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>The combined format of Apache and nginx.</summary>
    Combined,
}
