using System.Net;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>An address to accept connections on.</summary>
/// <param name="Host"><c>localhost</c>, an IP address, or <c>*</c>.</param>
/// <param name="Port">From 0 to 65535; 0 lets the system choose.</param>
/// <param name="IsTls">Whether clients speak TLS to it.</param>
internal sealed record ListenAddress(string Host, int Port, bool IsTls = false)
{
    private const string Plain = "http://";
    private const string Secure = "https://";

    /// <summary>Whether only programs of this machine can connect.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>Reads <c>http://host:port</c> or <c>https://host:port</c>.</summary>
    /// <returns>The address, or what is wrong with the text.</returns>
    public static (ListenAddress? Address, string Error) Parse(string url)
    {
        var isTls = url.StartsWith(Secure, StringComparison.OrdinalIgnoreCase);
        var scheme = isTls ? Secure : Plain;
        if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return (null, $"'{url}' is not an address to listen on: write http://host:port");
        }

        var authority = url[scheme.Length..].TrimEnd('/');
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
    public override string ToString() => $"{(IsTls ? Secure : Plain)}{Host}:{Port}";
}
