namespace LoadBalancer.Proxy.Http;

/// <summary>The path in the target of a request (RFC 3986, 3.3).</summary>
internal static class TargetPath
{
    /// <summary>
    /// Whether a segment of the path is <c>..</c>, as any recipient might read it: percent-encoded, with parameters, between slashes
    /// that are encoded or written as backslashes.
    /// </summary>
    public static bool Climbs(string target)
    {
        var path = target.Split('?')[0]
            .Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)
            .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%5c", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%3b", ";", StringComparison.OrdinalIgnoreCase);
        return path.Split('/', '\\').Any(segment => segment.Split(';')[0] == "..");
    }
}
