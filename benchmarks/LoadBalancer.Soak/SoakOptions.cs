namespace LoadBalancer.Soak;

/// <summary>What to run.</summary>
internal sealed record SoakOptions
{
    /// <summary>How long one round of faults takes by default, in seconds.</summary>
    public const int DefaultSeconds = 60;

    /// <summary>The names of the scenarios, in the order in which they run.</summary>
    public IReadOnlyList<string> Scenarios { get; init; } = [];

    /// <summary>How long one round of faults over all destinations takes; there are two.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(DefaultSeconds);

    /// <summary>Faults of one destination only, and shorter loads.</summary>
    public bool IsQuick { get; init; }
}
