namespace LoadBalancer.Proxy.Configuration;

/// <summary>Whether the requests of a client stay with one destination, and how the client says which.</summary>
internal sealed record SessionAffinityOptions
{
    /// <summary>The fewest characters of a key.</summary>
    public const int ShortestKey = 16;

    /// <summary>Whether they stay. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>How the client says which destination is its own. Default <see cref="SessionAffinityPolicy.Cookie"/>.</summary>
    public SessionAffinityPolicy Policy { get; init; }

    /// <summary>What becomes of a request whose destination is gone, or may not be picked. Default <see cref="SessionFailurePolicy.Redistribute"/>.</summary>
    public SessionFailurePolicy FailurePolicy { get; init; }

    /// <summary>The name of the cookie or header. Default: of a cookie <c>lb-</c> and the name of the cluster, of a header <c>X-Session-Affinity</c>.</summary>
    public string? AffinityKeyName { get; init; }

    /// <summary>
    /// What the ids are made with that clients send: the first makes new ones, and those of the others are taken too, so that a key can be replaced while sessions go on.
    /// Proxies with the same keys take each other's sessions. Default: one by chance, for as long as this process runs.
    /// </summary>
    [Secret]
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>What the cookie is like.</summary>
    public SessionCookieOptions Cookie { get; init; } = new();
}

/// <summary>How a client says which destination its session is with.</summary>
public enum SessionAffinityPolicy
{
    /// <summary>By a cookie, which the proxy gives it.</summary>
    Cookie,

    /// <summary>Another name of <see cref="Cookie"/>.</summary>
    HashCookie,

    /// <summary>Another name of <see cref="Cookie"/>.</summary>
    ArrCookie,

    /// <summary>By a header, which it copies from an answer.</summary>
    CustomHeader,
}

/// <summary>What becomes of a request whose session cannot go on.</summary>
public enum SessionFailurePolicy
{
    /// <summary>Another destination serves it, and its session is there from now on.</summary>
    Redistribute,

    /// <summary>It is refused with 503.</summary>
    Return503Error,
}

/// <summary>The attributes of the cookie of a session.</summary>
internal sealed record SessionCookieOptions
{
    /// <summary>The path that the client sends it for. Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The domain that the client sends it to. Default: the host that it asked.</summary>
    public string? Domain { get; init; }

    /// <summary>Whether it is kept from scripts. Default true.</summary>
    public bool HttpOnly { get; init; } = true;

    /// <summary>Whether the client sends it over TLS only. Default <see cref="CookieSecurity.SameAsRequest"/>.</summary>
    public CookieSecurity SecurePolicy { get; init; }

    /// <summary>Whether the client sends it with requests from other sites. Default <see cref="CookieSite.Lax"/>.</summary>
    public CookieSite SameSite { get; init; } = CookieSite.Lax;

    /// <summary>How long the client keeps it, said as a date. Default: until its session ends.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan? Expiration { get; init; }

    /// <summary>The same in seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>Whether a cookie is for TLS only.</summary>
public enum CookieSecurity
{
    /// <summary>If the client asked over TLS.</summary>
    SameAsRequest,

    /// <summary>Yes.</summary>
    Always,

    /// <summary>No.</summary>
    None,
}

/// <summary>Whether a cookie goes with requests that another site brought about (RFC 6265bis).</summary>
public enum CookieSite
{
    /// <summary>Nothing is said: the client decides.</summary>
    Unspecified,

    /// <summary>With all of them. Clients take that of cookies for TLS only.</summary>
    None,

    /// <summary>When the user follows a link.</summary>
    Lax,

    /// <summary>Never.</summary>
    Strict,
}
