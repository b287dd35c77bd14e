namespace LoadBalancer.Soak.Scenarios;

/// <summary>A load and what goes wrong under it.</summary>
internal abstract class Scenario
{
    /// <summary>The names of all.</summary>
    public static IReadOnlyList<string> Names { get; } = ["faults", "faults-full-budget", "hedge", "gray-peak-ewma", "gray-ejection"];

    /// <summary>The one of a name.</summary>
    public static Scenario Of(string name) => name switch
    {
        "faults" => new Faults(isBudgetFull: false),
        "faults-full-budget" => new Faults(isBudgetFull: true),
        "hedge" => new Hedge(),
        "gray-peak-ewma" => new GrayPeakEwma(),
        "gray-ejection" => new GrayEjection(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>Runs it, prints what was seen, and judges.</summary>
    public abstract Task<IReadOnlyList<Bar>> RunAsync(SoakOptions options, TextWriter output, CancellationToken stop);
}
