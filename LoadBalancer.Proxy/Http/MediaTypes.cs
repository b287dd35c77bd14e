namespace LoadBalancer.Proxy.Http;

/// <summary>Media types, and patterns of them.</summary>
internal static class MediaTypes
{
    private const string AnyWithSuffix = "*/*+";

    /// <summary>Whether a text is a pattern: <c>type/subtype</c>, <c>type/*</c> or <c>*/*+suffix</c>.</summary>
    public static bool IsPattern(string text) => text.StartsWith(AnyWithSuffix, StringComparison.Ordinal)
        ? MessageSyntax.IsToken(text.AsSpan(AnyWithSuffix.Length))
        : text.Split('/') is [var type, var subtype] && type != "*" && MessageSyntax.IsToken(type) && MessageSyntax.IsToken(subtype);

    /// <summary>Whether the value of <c>Content-Type</c> is like a pattern, whatever its parameters are.</summary>
    public static bool Matches(ReadOnlySpan<char> contentType, ReadOnlySpan<char> pattern)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");
        return pattern.StartsWith(AnyWithSuffix) ? type.EndsWith(pattern[(AnyWithSuffix.Length - 1)..], StringComparison.OrdinalIgnoreCase)
            : pattern.EndsWith("/*") ? type.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase)
            : type.Equals(pattern, StringComparison.OrdinalIgnoreCase);
    }
}
