using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>A host pattern of a route: <c>name</c>, <c>name:port</c> or <c>*.suffix</c>. Case does not count.</summary>
/// <param name="Name">The name, or for a wildcard the suffix with its leading dot.</param>
/// <param name="Port">The port that the <c>Host</c> header must name, or null for any.</param>
/// <param name="IsWildcard">Whether any longer name that ends with <paramref name="Name"/> matches.</param>
internal sealed record HostPattern(string Name, int? Port, bool IsWildcard)
{
    /// <summary>Reads a pattern.</summary>
    /// <returns>The pattern, or null when the text is none.</returns>
    public static HostPattern? Parse(string text)
    {
        var host = MessageSyntax.SplitHost(text, out var port);
        if (host.Length < text.Length && port is not <= ushort.MaxValue)
        {
            return null;
        }

        text = host.ToString();

        // The dot of the root of all names, which requests are matched without.
        text = text.EndsWith('.') ? text[..^1] : text;
        var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
        var name = isWildcard ? text[1..] : text;
        return MessageSyntax.IsHost(isWildcard ? $"any{name}" : name) && MessageSyntax.SplitHost(name, out _).Length == name.Length
            ? new HostPattern(name, port, isWildcard)
            : null;
    }
}
