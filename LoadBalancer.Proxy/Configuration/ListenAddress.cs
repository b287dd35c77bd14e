using System.Net;
using System.Text;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>An address to accept connections on.</summary>
/// <param name="Host"><c>localhost</c>, an IP address, <c>*</c>, or <c>unix:</c> and the path of a socket.</param>
/// <param name="Port">From 0 to 65535; 0 lets the system choose, and is that of a path.</param>
/// <param name="IsTls">Whether clients speak TLS to it.</param>
internal sealed record ListenAddress(string Host, int Port, bool IsTls = false)
{
    private const string Plain = "http://";
    private const string Secure = "https://";
    private const string Unix = "unix:";

    // What the kernel has room for (struct sockaddr_un), with a zero behind it.
    private const int LongestPath = 107;

    /// <summary>The path of a Unix-domain socket; null where it is an address of the network.</summary>
    public string? UnixPath => Host.StartsWith(Unix, StringComparison.Ordinal) ? Host[Unix.Length..] : null;

    /// <summary>Whether only programs of this machine can connect.</summary>
    public bool IsLoopback =>
        UnixPath is not null || Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>Reads <c>http://host:port</c> or <c>https://host:port</c>, or either with <c>unix:/path</c> behind the slashes.</summary>
    /// <returns>The address, or what is wrong with the text.</returns>
    public static (ListenAddress? Address, string Error) Parse(string url)
    {
        var isTls = url.StartsWith(Secure, StringComparison.OrdinalIgnoreCase);
        var scheme = isTls ? Secure : Plain;
        if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return (null, $"'{url}' is not an address to listen on: write http://host:port");
        }

        var rest = url[scheme.Length..];
        if (rest.StartsWith(Unix, StringComparison.OrdinalIgnoreCase))
        {
            var path = rest[Unix.Length..];
            return path.Length < 2 || path[0] != '/' || path[^1] == '/' || path.Contains('\0') ? (null, $"'{url}' is not the path of a socket: write {scheme}unix:/path/of/it.sock")
                : Encoding.UTF8.GetByteCount(path) > LongestPath ? (null, $"'{url}' is a path of more than {LongestPath} bytes, which a socket cannot have")
                : (new ListenAddress(Unix + path, 0, isTls), "");
        }

        var authority = rest.TrimEnd('/');
        if (authority.IndexOfAny(['/', '?', '#', '@']) >= 0)
        {
            return (null, $"'{url}' is more than an address to listen on: write {scheme}host:port");
        }

        var colon = authority.LastIndexOf(':');
        if (colon <= authority.LastIndexOf(']'))
        {
            return (null, $"'{url}' has no port: write {scheme}host:port");
        }

        var host = authority[..colon];
        if (!ushort.TryParse(authority.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port))
        {
            return (null, $"'{url}' has no valid port: it must be a number from 0 to 65535");
        }

        var isIPv6 = host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out _);
        var isIPv4 = !host.Contains(':') && IPAddress.TryParse(host, out _);
        var isLocalhost = host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        if (!isIPv4 && !isIPv6 && !isLocalhost && host != "*")
        {
            // A web server would take any other name as "every address", which nobody means who writes a name.
            return (null, $"'{url}' does not say which address: its host must be localhost, an IP address, or * for every address");
        }

        return port == 0 && isLocalhost
            ? (null, $"'{url}' lets the system choose the port, which works with an IP address only: write {scheme}127.0.0.1:0")
            : (new ListenAddress(host, port, isTls), "");
    }

    /// <summary>The address as a URL.</summary>
    public override string ToString() => $"{(IsTls ? Secure : Plain)}{Host}{(UnixPath is null ? $":{Port}" : "")}";
}
