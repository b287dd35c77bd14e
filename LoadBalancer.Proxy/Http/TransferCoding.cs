namespace LoadBalancer.Proxy.Http;

/// <summary>The <c>Transfer-Encoding</c> field (RFC 9112, 6.1): how a message is framed, and so where it ends.</summary>
internal static class TransferCoding
{
    /// <summary>Whether the field says nothing but <c>chunked</c>, once: the only framing of its kind that is passed on.</summary>
    public static bool IsChunked(ReadOnlySpan<char> value) => value.Trim(" \t").Equals("chunked", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a request with this field value is refused with; null when it is not.</summary>
    /// <param name="value">All lines of the field, joined with commas.</param>
    public static Refusal? Check(ReadOnlySpan<char> value)
    {
        if (IsChunked(value))
        {
            return null;
        }

        // Chunked framing may be wrapped around other codings, once, and must be the outermost. We know none of the others.
        var last = value.LastIndexOf(',');
        if (last < 0 || !IsChunked(value[(last + 1)..]))
        {
            return Refusal.Malformed;
        }

        foreach (var range in value[..last].Split(','))
        {
            if (IsChunked(value[..last][range]))
            {
                return Refusal.Malformed;
            }
        }

        return Refusal.UnknownCoding;
    }
}
