namespace LoadBalancer.Proxy.Configuration;

/// <summary>Where clients are sent instead; what is not given stays as they asked for it.</summary>
internal sealed record RedirectOptions
{
    /// <summary>The statuses that a redirect may have (RFC 9110, 15.4).</summary>
    public static readonly IReadOnlyList<int> Statuses = [301, 302, 303, 307, 308];

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string? Scheme { get; init; }

    /// <summary>The name of a host, or an address, without a port.</summary>
    public string? Host { get; init; }

    /// <summary>The port. Default: the usual one of a scheme that changes, else the one that the client asked for.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>A path. The query stays, unless the path has one of its own.</summary>
    public string? Path { get; init; }

    /// <summary>One of <see cref="Statuses"/>. Default 308: for good, and with the same method and body.</summary>
    public int Status { get; init; } = 308;
}
