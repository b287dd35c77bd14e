using System.Buffers;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>A host pattern of a route: <c>name</c>, <c>name:port</c> or <c>*.suffix</c>.</summary>
/// <param name="Name">The name, or for a wildcard the suffix with its leading dot.</param>
/// <param name="Port">The port that the <c>Host</c> header must name, or null for any.</param>
/// <param name="IsWildcard">Whether any name that ends with <paramref name="Name"/> matches.</param>
internal sealed record HostPattern(string Name, int? Port, bool IsWildcard)
{
    private static readonly SearchValues<char> NeverInNames = SearchValues.Create("*/ ?#@");

    /// <summary>Reads a pattern.</summary>
    /// <returns>The pattern, or null when the text is none.</returns>
    public static HostPattern? Parse(string text)
    {
        int? port = null;
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf(']'))
        {
            if (!ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var number))
            {
                return null;
            }

            port = number;
            text = text[..colon];
        }

        // The dot of the root of all names, which requests are matched without.
        text = text.EndsWith('.') ? text[..^1] : text;
        var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
        var name = isWildcard ? text[1..] : text;
        return name.Length > (isWildcard ? 1 : 0) && !name.AsSpan().ContainsAny(NeverInNames)
            ? new HostPattern(name, port, isWildcard)
            : null;
    }

    /// <summary>Whether the host and port of a request match, without regard to case.</summary>
    public bool Matches(string host, int? port) =>
        (Port is null || Port == port)
        && (IsWildcard
            ? host.Length > Name.Length && host.EndsWith(Name, StringComparison.OrdinalIgnoreCase)
            : host.Equals(Name, StringComparison.OrdinalIgnoreCase));
}
