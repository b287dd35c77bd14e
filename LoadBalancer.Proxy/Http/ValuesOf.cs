namespace LoadBalancer.Proxy.Http;

/// <summary>The values that stand under one name in a list of <c>name=value</c>, such as <c>Cookie</c> (RFC 6265, 5.4) or a query. Case counts.</summary>
/// <param name="pairs">The list.</param>
/// <param name="between">What stands between two pairs.</param>
/// <param name="name">The name.</param>
internal ref struct ValuesOf(ReadOnlySpan<char> pairs, char between, ReadOnlySpan<char> name)
{
    private readonly ReadOnlySpan<char> _name = name;
    private ReadOnlySpan<char> _left = pairs;

    /// <summary>The value that stands here.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>The value of the first pair of this name; empty when there is none.</summary>
    public static ReadOnlySpan<char> First(ReadOnlySpan<char> pairs, char between, ReadOnlySpan<char> name)
    {
        var values = new ValuesOf(pairs, between, name);
        return values.MoveNext() ? values.Current : [];
    }

    public readonly ValuesOf GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_left.IsEmpty)
        {
            var end = _left.IndexOf(between);
            var pair = (end < 0 ? _left : _left[..end]).Trim(' ');
            _left = end < 0 ? [] : _left[(end + 1)..];
            if (pair.Length > _name.Length && pair[_name.Length] == '=' && pair.StartsWith(_name))
            {
                Current = pair[(_name.Length + 1)..];
                return true;
            }
        }

        return false;
    }
}
