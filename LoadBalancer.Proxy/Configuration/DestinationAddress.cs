namespace LoadBalancer.Proxy.Configuration;

/// <summary>What an address of a destination looks like, and when two of them are one: wherever it comes from, and whoever asks.</summary>
internal static class DestinationAddress
{
    /// <summary>
    /// What two spellings of one address have in common: scheme, host and port without regard to case, and the path with it, but not the slash at its end.
    /// The path of a request is appended to it.
    /// </summary>
    public static string KeyOf(Uri address) => address.AbsoluteUri.TrimEnd('/');

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address as it is written.</param>
    /// <param name="choosesScheme">Whether it may leave the choice of the scheme to a service, as <c>https+http://name</c> does.</param>
    /// <returns>The address, or what is wrong with the text.</returns>
    public static (Uri? Address, string Error) Parse(string text, bool choosesScheme = false)
    {
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
