using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>What an address of a destination looks like, and when two of them are one: wherever it comes from, and whoever asks.</summary>
internal static class DestinationAddress
{
    private const string Socket = "http://unix:";
    private const string SocketOverTls = "https://unix:/";

    /// <summary>
    /// What two spellings of one address have in common: scheme, host and port without regard to case, and the path with it, but not the slash at its end.
    /// The path of a request is appended to it.
    /// </summary>
    public static string KeyOf(Uri address) => address.AbsoluteUri.TrimEnd('/');

    /// <summary>The path of the Unix-domain socket that an address is; null where it is one of the network.</summary>
    public static string? SocketOf(Uri address) => SocketHost.PathIn(address.IdnHost);

    /// <summary>An address as the operator writes it.</summary>
    public static string TextOf(Uri address) => SocketOf(address) is { } path ? Socket + path : address.AbsoluteUri;

    /// <summary>The <c>Host</c> that requests to an address have where nothing else is said; null for that of the address.</summary>
    public static string? HostOf(Uri address) => SocketOf(address) is null ? null : "localhost";

    /// <summary>Reads an address that was found right.</summary>
    public static Uri Read(string text) => Parse(text, choosesScheme: true).Address ?? throw new ArgumentException($"'{text}' should have been refused.", nameof(text));

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address as it is written.</param>
    /// <param name="choosesScheme">Whether it may leave the choice of the scheme to a service, as <c>https+http://name</c> does.</param>
    /// <returns>The address, or what is wrong with the text.</returns>
    public static (Uri? Address, string Error) Parse(string text, bool choosesScheme = false)
    {
        if (text.StartsWith(Socket, StringComparison.OrdinalIgnoreCase))
        {
            var (socket, error) = ListenAddress.Parse(text);
            return socket is null ? (null, error) : (new Uri($"http://{SocketHost.Of(socket.UnixPath!)}/"), "");
        }

        if (text.StartsWith(SocketOverTls, StringComparison.OrdinalIgnoreCase))
        {
            return (null, $"'{text}' asks for TLS over a Unix-domain socket, which is not spoken to destinations: write http://unix:/path/of/it.sock");
        }

        var schemeIsKnown = Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri.Scheme.Split('+') is var schemes
            && Array.TrueForAll(schemes, scheme => scheme is "http" or "https")
            && schemes.Distinct().Count() == schemes.Length
            && (choosesScheme || schemes.Length == 1);
        return !schemeIsKnown || uri!.Host.Length == 0 ? (null, $"'{text}' is not an address: write http://host:port or https://host:port")
            : uri.Port == 0 ? (null, $"'{text}' has port 0, to which nobody can connect")
            : uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0 ? (null, $"'{text}' has a user, a query or a fragment, which an address cannot have")
            : (uri, "");
    }
}
