using System.Buffers;

namespace LoadBalancer.Proxy.Http;

/// <summary>Which characters the parts of a message are made of. What breaks these rules, two recipients may read in two ways.</summary>
internal static class MessageSyntax
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // All but the tab, which is a blank within values.
    private static readonly SearchValues<char> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Where(c => c != '\t').Select(c => (char)c)]);

    /// <summary>Whether this may be the name of a field (RFC 9110, 5.1).</summary>
    public static bool IsFieldName(ReadOnlySpan<char> name) => !name.IsEmpty && !name.ContainsAnyExcept(TokenCharacters);

    /// <summary>Whether this may be the value of a field: no control characters (RFC 9110, 5.5).</summary>
    public static bool IsFieldValue(ReadOnlySpan<char> value) => !value.ContainsAny(ControlCharacters);

    /// <summary>Whether this may be the target of a request: visible ASCII without a fragment (RFC 9112, 3.2). Characters that should be encoded and are harmless may stay.</summary>
    public static bool IsTarget(ReadOnlySpan<char> target) => !target.ContainsAnyExceptInRange('!', '~') && !target.Contains('#');

    /// <summary>
    /// Whether this may be the value of <c>Host</c> (RFC 9110, 7.2): a name or address, and a port where there is one.
    /// Judged as the platform's HTTP client does, for it adds a <c>Host</c> of its own to one that it cannot read, and sends both.
    /// </summary>
    public static bool IsHost(string host) => Uri.TryCreate($"http://u@{host}/", UriKind.Absolute, out _);
}
