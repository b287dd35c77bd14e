namespace LoadBalancer.Proxy.Http;

/// <summary>Header fields that are between two neighbours only, and are not passed on (RFC 9110, 7.6.1).</summary>
internal static class HopByHop
{
    /// <summary>Whether a field of this name is never passed on as it came.</summary>
    public static bool IsHopByHop(string name) => name.Length switch
    {
        2 => Is(name, "TE"),
        7 => Is(name, "Upgrade"),
        10 => Is(name, "Connection") || Is(name, "Keep-Alive"),
        14 => Is(name, "HTTP2-Settings"),
        16 => Is(name, "Proxy-Connection"),
        17 => Is(name, "Transfer-Encoding"),
        _ => false,
    };

    /// <summary>Whether the <c>Connection</c> field names this field, which then is not passed on either.</summary>
    /// <remarks>
    /// Fields that every recipient needs to understand the message stay, even when a sender wrongly names them:
    /// dropping them would change what the message means (RFC 9110, 7.6.1, forbids naming such fields).
    /// </remarks>
    public static bool IsNamedBy(ReadOnlySpan<char> connection, string name)
    {
        if (connection.IsEmpty || Is(name, "Host") || Is(name, "Content-Length") || Is(name, "Cache-Control") || Is(name, "Authorization"))
        {
            return false;
        }

        foreach (var range in connection.Split(','))
        {
            if (connection[range].Trim(" \t").Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the <c>TE</c> field says that the sender takes trailers (RFC 9110, 10.1.4).</summary>
    public static bool TakesTrailers(ReadOnlySpan<char> te)
    {
        foreach (var range in te.Split(','))
        {
            if (te[range].Trim(" \t").Equals("trailers", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a field may be passed on after the body: not one that framing, routing or authentication rest on (RFC 9110, 6.5.1).</summary>
    public static bool IsAllowedInTrailers(string name) =>
        !IsHopByHop(name) && !Is(name, "Content-Length") && !Is(name, "Host") && !Is(name, "Trailer") && !Is(name, "Content-Type")
        && !Is(name, "Content-Encoding") && !Is(name, "Content-Range") && !Is(name, "Set-Cookie") && !Is(name, "Authorization");

    private static bool Is(string name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
}
