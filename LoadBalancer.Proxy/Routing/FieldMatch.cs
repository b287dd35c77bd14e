using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>What one header field must look like. It never changes.</summary>
internal sealed class FieldMatch(HeaderMatchOptions options)
{
    private readonly string[] _texts = [.. options.Values];
    private readonly StringComparison _comparison = options.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
    private readonly char _separator = options.Name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? ';' : ',';

    /// <summary>Whether the field is as wanted among these. Empty lines count as in YARP: a single one is as good as none.</summary>
    public bool Matches(IFields fields)
    {
        var (count, hasText, hasMatch) = (0, false, false);
        while (fields.TryGet(options.Name, count, out var value))
        {
            count++;
            hasText |= !value.IsEmpty;
            hasMatch = hasMatch || HasAny(value);
        }

        var isThere = hasText || count > 1;
        return options.Mode switch
        {
            HeaderMatchMode.Exists => isThere,
            HeaderMatchMode.NotExists => !isThere,
            HeaderMatchMode.NotContains => !isThere || !hasMatch,
            _ => isThere && hasMatch,
        };
    }

    private bool HasAny(ReadOnlySpan<char> value)
    {
        if (options.Mode is not (HeaderMatchMode.ExactHeader or HeaderMatchMode.HeaderPrefix))
        {
            return IsAny(value);
        }

        while (!value.IsEmpty)
        {
            var item = TakeItem(ref value);
            if (item is ['"', .., '"'] && item.Length > 1)
            {
                item = item[1..^1];
            }

            if (IsAny(item))
            {
                return true;
            }
        }

        return false;
    }

    // Separators within quotes are part of the item.
    private ReadOnlySpan<char> TakeItem(ref ReadOnlySpan<char> list)
    {
        var isQuoted = false;
        for (var at = 0; at < list.Length; at++)
        {
            isQuoted ^= list[at] == '"';
            if (list[at] == _separator && !isQuoted)
            {
                var item = list[..at].Trim(" \t");
                list = list[(at + 1)..];
                return item;
            }
        }

        var last = list.Trim(" \t");
        list = [];
        return last;
    }

    private bool IsAny(ReadOnlySpan<char> value)
    {
        foreach (var text in _texts)
        {
            var isMatch = options.Mode switch
            {
                HeaderMatchMode.ExactHeader => value.Equals(text, _comparison),
                HeaderMatchMode.HeaderPrefix => value.StartsWith(text, _comparison),
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
