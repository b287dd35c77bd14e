using System.Buffers;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Routing;

/// <summary>What one parameter of the query must look like. It never changes.</summary>
internal sealed class ParameterMatch(QueryParameterMatchOptions options)
{
    private const int MostOnStack = 512;

    private readonly TextMatch _values = new(
        options.Values,
        options.Mode switch
        {
            QueryParameterMatchMode.Exact => TextPlace.Whole,
            QueryParameterMatchMode.Prefix => TextPlace.Beginning,
            _ => TextPlace.Anywhere,
        },
        options.IsCaseSensitive);

    /// <summary>Whether the parameter is as wanted in a query, which may be percent-encoded. Empty values count as in YARP: a single one is as good as none.</summary>
    public bool Matches(ReadOnlySpan<char> query)
    {
        var (count, hasText, hasMatch) = (0, false, false);
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf('=');
            if (IsName(equals < 0 ? pair : pair[..equals]))
            {
                var value = equals < 0 ? [] : pair[(equals + 1)..];
                count++;
                hasText |= !value.IsEmpty;
                hasMatch = hasMatch || HasAny(value);
            }
        }

        var isThere = hasText || count > 1;
        return options.Mode switch
        {
            QueryParameterMatchMode.Exists => isThere,
            QueryParameterMatchMode.NotContains => !isThere || !hasMatch,
            _ => isThere && hasMatch,
        };
    }

    private bool IsName(ReadOnlySpan<char> written)
    {
        if (!IsEncoded(written))
        {
            return written.Equals(options.Name, StringComparison.OrdinalIgnoreCase);
        }

        var rented = Decode(written, stackalloc char[MostOnStack], out var name);
        var isName = name.Equals(options.Name, StringComparison.OrdinalIgnoreCase);
        Return(rented);
        return isName;
    }

    private bool HasAny(ReadOnlySpan<char> written)
    {
        if (!IsEncoded(written))
        {
            return _values.Matches(written);
        }

        var rented = Decode(written, stackalloc char[MostOnStack], out var value);
        var isAny = _values.Matches(value);
        Return(rented);
        return isAny;
    }

    private static bool IsEncoded(ReadOnlySpan<char> written) => written.ContainsAny('%', '+');

    // What is no UTF-8 stays encoded. Gives back the array that a long text needs, or null.
    private static char[]? Decode(ReadOnlySpan<char> written, Span<char> scratch, out ReadOnlySpan<char> decoded)
    {
        var length = written.Length;
        var rented = 2 * length > scratch.Length ? ArrayPool<char>.Shared.Rent(2 * length) : null;
        scratch = rented ?? scratch;
        written.Replace(scratch, '+', ' ');
        decoded = Uri.TryUnescapeDataString(scratch[..length], scratch[length..], out var end) ? scratch[length..(length + end)] : written;
        return rented;
    }

    private static void Return(char[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
