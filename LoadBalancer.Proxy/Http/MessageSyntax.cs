using System.Buffers;
using System.Globalization;

namespace LoadBalancer.Proxy.Http;

/// <summary>Which characters the parts of a message are made of. What breaks these rules, two recipients may read in two ways.</summary>
internal static class MessageSyntax
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> TargetCharacters = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Where(c => c != '#').Select(c => (char)c)]);

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What would end the host in a URI, or in a list of values.
    private static readonly SearchValues<char> NeverInHosts = SearchValues.Create("/\\?#@, \t");

    // All but the tab, which is a blank within values.
    private static readonly SearchValues<char> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Where(c => c != '\t').Select(c => (char)c)]);

    /// <summary>Whether this is a token (RFC 9110, 5.6.2), as the names of fields and of methods are.</summary>
    public static bool IsToken(ReadOnlySpan<char> name) => !name.IsEmpty && !name.ContainsAnyExcept(TokenCharacters);

    /// <summary>Whether this may be the value of a field: no control characters (RFC 9110, 5.5).</summary>
    public static bool IsFieldValue(ReadOnlySpan<char> value) => !value.ContainsAny(ControlCharacters);

    /// <summary>Whether this may be the target of a request: visible ASCII without a fragment (RFC 9112, 3.2). Characters that should be encoded and are harmless may stay.</summary>
    public static bool IsTarget(ReadOnlySpan<char> target) => !target.ContainsAnyExcept(TargetCharacters);

    /// <summary>
    /// Whether this may be the value of <c>Host</c> (RFC 9110, 7.2): a name or address, and a port where there is one.
    /// Judged as the platform's HTTP client does, for it adds a <c>Host</c> of its own to one that it cannot read, and sends both.
    /// </summary>
    public static bool IsHost(ReadOnlySpan<char> value) =>
        IsOrdinaryHost(value) || (!value.ContainsAny(NeverInHosts) && Uri.TryCreate($"http://u@{value}/", UriKind.Absolute, out _));

    /// <summary>Splits the value of <c>Host</c> into a name or bracketed address and the port, which is null where there is none.</summary>
    public static ReadOnlySpan<char> SplitHost(ReadOnlySpan<char> value, out int? port)
    {
        port = null;
        var colon = value.LastIndexOf(':');
        if (colon <= value.LastIndexOf(']'))
        {
            return value;
        }

        port = int.TryParse(value[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        return value[..colon];
    }

    // What nearly every client sends, without the memory that the platform's judgement takes.
    private static bool IsOrdinaryHost(ReadOnlySpan<char> value)
    {
        const int longestName = 253;
        const int longestLabel = 63;
        var name = SplitHost(value, out var port);
        if (name.Length > longestName || (name.Length < value.Length && port is not <= ushort.MaxValue))
        {
            return false;
        }

        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > longestLabel || label.ContainsAnyExcept(LabelCharacters) || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }
        }

        return true;
    }
}
