using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>
/// The path of a Unix-domain socket as the host of an address. A URI has no place for such a path, and what identifies and pools destinations goes by hosts;
/// so the path stands there in hexadecimal digits, which no name of a host is mistaken for.
/// </summary>
internal static class SocketHost
{
    private const string Suffix = ".unix-socket";

    // As many letters as a part of a host may have (RFC 1035, 2.3.4), and an even number.
    private const int LongestLabel = 62;

    /// <summary>The host that stands for a path.</summary>
    public static string Of(string path) => string.Join('.', Convert.ToHexStringLower(Encoding.UTF8.GetBytes(path)).Chunk(LongestLabel).Select(label => new string(label))) + Suffix;

    /// <summary>The path that a host stands for; null for any other host.</summary>
    public static string? PathIn(string host)
    {
        if (!host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromHexString(host[..^Suffix.Length].Replace(".", "", StringComparison.Ordinal)));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
