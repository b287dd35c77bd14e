using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>What one header field must look like. It never changes.</summary>
internal sealed class FieldMatch(HeaderMatchOptions options)
{
    private readonly TextMatch _values = new(
        options.Values,
        options.Mode switch
        {
            HeaderMatchMode.ExactHeader => TextPlace.Whole,
            HeaderMatchMode.HeaderPrefix => TextPlace.Beginning,
            _ => TextPlace.Anywhere,
        },
        options.IsCaseSensitive);
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
            return _values.Matches(value);
        }

        while (!value.IsEmpty)
        {
            var item = TakeItem(ref value);
            if (item is ['"', .., '"'] && item.Length > 1)
            {
                item = item[1..^1];
            }

            if (_values.Matches(item))
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
}
