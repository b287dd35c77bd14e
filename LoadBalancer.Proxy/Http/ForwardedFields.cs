namespace LoadBalancer.Proxy.Http;

/// <summary>The fields in which proxies tell a destination how the client asked.</summary>
internal static class ForwardedFields
{
    /// <summary>The addresses that the request came through, the client's first.</summary>
    public const string For = "X-Forwarded-For";

    /// <summary>The scheme that the client used.</summary>
    public const string Proto = "X-Forwarded-Proto";

    /// <summary>The host that the client named.</summary>
    public const string Host = "X-Forwarded-Host";

    /// <summary>The path that was taken off the front of the one that the client asked for.</summary>
    public const string Prefix = "X-Forwarded-Prefix";

    /// <summary>All of that in one field (RFC 7239).</summary>
    public const string Forwarded = "Forwarded";

    /// <summary>
    /// Whether a field of this name says what this proxy says itself, in the same words or in others (RFC 7239, and the many <c>X-Forwarded</c> fields).
    /// None of them is passed on as it came, but by <see cref="ForwardedChain"/>: applications read one or the other, and would believe the client.
    /// </summary>
    public static bool Includes(string name) =>
        Is(name, Forwarded)
        || (name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            && (Is(name, For) || Is(name, Proto) || Is(name, Host) || Is(name, "X-Forwarded-Port") || Is(name, Prefix)
                || Is(name, "X-Forwarded-Protocol") || Is(name, "X-Forwarded-Scheme") || Is(name, "X-Forwarded-Ssl")));

    private static bool Is(string name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
}
