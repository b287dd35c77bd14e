namespace LoadBalancer.Proxy.Routing;

/// <summary>Where in a value one of the texts must stand.</summary>
internal enum TextPlace
{
    /// <summary>It is the value.</summary>
    Whole,

    /// <summary>The value begins with it.</summary>
    Beginning,

    /// <summary>The value contains it.</summary>
    Anywhere,
}

/// <summary>What a value of a header field or a parameter of the query must be like. It never changes.</summary>
/// <param name="texts">The texts, of which one is enough.</param>
/// <param name="place">Where it must stand.</param>
/// <param name="isCaseSensitive">Whether case counts.</param>
internal sealed class TextMatch(IReadOnlyList<string> texts, TextPlace place, bool isCaseSensitive)
{
    private readonly string[] _texts = [.. texts];
    private readonly StringComparison _comparison = isCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether a value is like it.</summary>
    public bool Matches(ReadOnlySpan<char> value)
    {
        foreach (var text in _texts)
        {
            var isMatch = place switch
            {
                TextPlace.Whole => value.Equals(text, _comparison),
                TextPlace.Beginning => value.StartsWith(text, _comparison),
                _ => value.Contains(text, _comparison),
            };
            if (isMatch)
            {
                return true;
            }
        }

        return false;
    }
}
