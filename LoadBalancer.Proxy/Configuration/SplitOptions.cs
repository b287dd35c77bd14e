using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>How clusters share the requests of a route, such as a stable version and its canary.</summary>
internal sealed record SplitOptions
{
    /// <summary>The most that a cluster may weigh.</summary>
    public const int MostWeight = 10_000;

    /// <summary>The weight of each cluster, from 0 to <see cref="MostWeight"/>: its share in proportion to the others. One of weight 0 gets only what <see cref="Override"/> sends there.</summary>
    public IReadOnlyDictionary<string, int> Clusters { get; init; } = Named.Empty<int>();

    /// <summary>What clients are told apart by: one of them stays on its side. Default: by their addresses.</summary>
    public KeyOptions Hash { get; init; } = new();

    /// <summary>How a request asks for its side itself. Default: it cannot.</summary>
    public SplitOverrideOptions? Override { get; init; }
}

/// <summary>How a request asks for its side itself.</summary>
internal sealed record SplitOverrideOptions
{
    /// <summary>The header with the name of a cluster of the split. Any other value counts as none.</summary>
    [Required]
    public string Header { get; init; } = "";
}
