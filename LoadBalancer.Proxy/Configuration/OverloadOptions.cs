namespace LoadBalancer.Proxy.Configuration;

/// <summary>From when on requests are refused because the proxy itself has too much to do. Each is without limit where it is not given.</summary>
internal sealed record OverloadOptions
{
    /// <summary>How many requests may be in flight at once.</summary>
    [Range(1, 100_000_000)]
    public int? MaxRequests { get; init; }

    /// <summary>How much memory the process may take up, in bytes of its working set, before requests are refused.</summary>
    [Range(typeof(long), "67108864", "9223372036854775807")]
    public long? MaxMemory { get; init; }

    /// <summary>How many connections of clients may be open; the first request of one beyond is refused, and the connection closed.</summary>
    [Range(1, 100_000_000)]
    public int? MaxConnections { get; init; }

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(LoadBalancerOptions options, Action<string, string> report)
    {
        if (options.Overload is { MaxRequests: null, MaxMemory: null, MaxConnections: null })
        {
            report("Overload", "has no effect: it has no MaxRequests, MaxMemory or MaxConnections");
        }

        if (options.Overload?.MaxConnections is { } refused && options.Limits.MaxConnections is { } waiting && refused >= waiting)
        {
            report("Overload:MaxConnections", $"has no effect: {waiting} connections at most are accepted, by Limits:MaxConnections, and further ones wait");
        }
    }
}
