using System.Text.Json;
using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Admin;

/// <summary>Says what the registry has in the words of the admin API, in every call alike.</summary>
internal static class AdminViews
{
    /// <summary>All clusters.</summary>
    public static StateView Describe(RegistryState state) => new(
        state.Sequence,
        state.Clusters.Select(cluster => new ClusterView(
            cluster.Name, cluster.Policy.ToString(), cluster.RefusedRetries, cluster.Shed, cluster.Waiting, cluster.Destinations.Select(Describe).ToList())
        {
            Fallback = cluster.Fallback,
        }).ToList());

    /// <summary>A destination.</summary>
    public static DestinationView Describe(DestinationState destination) => new(
        destination.Definition.Name,
        DestinationAddress.TextOf(destination.Definition.Address),
        destination.Weight,
        destination.OperatorWeight,
        destination.Definition.Priority,
        destination.Health.Verdict.ToString(),
        destination.State.ToString(),
        destination.IsAvailable,
        destination.Health.Reason,
        destination.Health.Since.UtcDateTime,
        destination.Ejection?.Until.UtcDateTime,
        destination.Ejection?.Reason,
        destination.Breaker?.ToString(),
        destination.Breaker == BreakerState.Open ? destination.BreakerTrip?.Until.UtcDateTime : null,
        destination.BreakerTrip?.Reason,
        destination.InFlight,
        destination.Attempts,
        destination.Failures,
        Latency(destination))
    {
        Zone = destination.Definition.Zone,
        Source = destination.Definition.Source,
        LeavesAt = destination.Definition.LeavesAt?.UtcDateTime,
        IsRemoved = destination.Definition.IsRemovedByOperator,
    };

    /// <summary>One change of a destination.</summary>
    public static ChangeView Describe(DestinationChanged change) => new(
        change.Sequence,
        change.Cluster,
        change.Change switch
        {
            DestinationChange.Health => "health",
            DestinationChange.State => "state",
            DestinationChange.Weight => "weight",
            DestinationChange.Ejected => "ejected",
            DestinationChange.Readmitted => "readmitted",
            DestinationChange.Breaker => "breaker",
            DestinationChange.Added => "added",
            DestinationChange.Removed => "removed",
            DestinationChange.Redefined => "redefined",
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Change, null),
        },
        change.At.UtcDateTime,
        Describe(change.Destination));

    /// <summary>Of all clusters, what changes with every request and every probe.</summary>
    public static CountersView DescribeCounters(RegistryState state) => new(
        state.Sequence,
        state.Clusters.Select(cluster => new ClusterCountersView(
            cluster.Name, cluster.RefusedRetries, cluster.Shed, cluster.Waiting, cluster.Destinations.Select(DescribeCounters).ToList())).ToList());

    private static DestinationCountersView DescribeCounters(DestinationState destination) => new(
        destination.Definition.Name,
        destination.Health.Reason,
        destination.InFlight,
        destination.Attempts,
        destination.Failures,
        Latency(destination));

    private static double Latency(DestinationState destination) => Math.Round(destination.LatencyMilliseconds, 3);
}

internal sealed record StateView(long Sequence, IReadOnlyList<ClusterView> Clusters);

internal sealed record ClusterView(string Name, string Policy, long RetriesRefused, long Shed, int Waiting, IReadOnlyList<DestinationView> Destinations)
{
    /// <summary>The name of the cluster that serves while none of its destinations is available; left out where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Fallback { get; init; }
}

internal sealed record DestinationView(
    string Name,
    string Address,
    int Weight,
    int? OperatorWeight,
    int Priority,
    string Health,
    string State,
    bool Available,
    string Reason,
    DateTime Since,
    DateTime? EjectedUntil,
    string? EjectionReason,
    string? Breaker,
    DateTime? BreakerUntil,
    string? BreakerReason,
    int InFlight,
    long Requests,
    long Failures,
    double LatencyMs)
{
    /// <summary>The zone that it runs in; left out where that is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Zone { get; init; }

    /// <summary>Where it was found, or <c>operator</c>; null where the configuration names it.</summary>
    public string? Source { get; init; }

    /// <summary>When it is removed, since it is no longer found or the operator wants it; null while it stays.</summary>
    public DateTime? LeavesAt { get; init; }

    /// <summary>Whether it is the operator who removes it; left out where it is not.</summary>
    [JsonPropertyName("removed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsRemoved { get; init; }
}

internal sealed record ChangeView(long Sequence, string Cluster, string Change, DateTime At, DestinationView Destination);

internal sealed record CountersView(long Sequence, IReadOnlyList<ClusterCountersView> Clusters);

internal sealed record ClusterCountersView(string Name, long RetriesRefused, long Shed, int Waiting, IReadOnlyList<DestinationCountersView> Destinations);

internal sealed record DestinationCountersView(string Name, string Reason, int InFlight, long Requests, long Failures, double LatencyMs);

internal sealed record CertificatesView(IReadOnlyList<CertificateView> Certificates);

/// <param name="Listener">The name of the listener that shows it to clients, or null.</param>
/// <param name="Cluster">The name of the cluster whose destinations are shown it, or null.</param>
/// <param name="Names">The names and addresses that it is for.</param>
/// <param name="Subject">Whose it is.</param>
/// <param name="File">The file that it was read from.</param>
/// <param name="NotAfter">When it expires.</param>
/// <param name="DaysLeft">How many whole days until then; negative once it has expired.</param>
internal sealed record CertificateView(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Listener,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cluster,
    IReadOnlyList<string> Names,
    string Subject,
    string File,
    DateTime NotAfter,
    int DaysLeft);

/// <summary>Reads the certificates that listeners and clusters show.</summary>
internal delegate IReadOnlyList<CertificateView> ReadCertificates();

/// <summary>The body of a change: what the operator wants of a destination. What is missing stays as it is.</summary>
/// <param name="State">The state, or null.</param>
/// <param name="Weight">A number, a JSON null for the weight of the configuration, or undefined.</param>
/// <param name="Ejected">False to end an ejection, or null.</param>
/// <param name="Breaker"><c>closed</c> to close the circuit breaker, or null.</param>
internal sealed record DestinationChangeBody(string? State, JsonElement Weight, bool? Ejected, string? Breaker)
{
    private static readonly string States = string.Join(", ", Enum.GetNames<OperatorState>().Select(name => name.ToLowerInvariant()));

    private bool HasWeight => Weight.ValueKind != JsonValueKind.Undefined;

    /// <summary>What of it cannot be done; null where everything can.</summary>
    public string? Check() =>
        State is not null && ReadState() is null ? $"state '{State}' is not one of {States}."
        : ReadWeight(out var weight) && Weight.ValueKind != JsonValueKind.Null && weight is not (>= 0 and <= DestinationOptions.MostWeight) ? $"weight {Weight.GetRawText()} is not a weight."
        : Ejected is true ? "ejected can only be set to false."
        : Breaker is not null && !Breaker.Equals(nameof(BreakerState.Closed), StringComparison.OrdinalIgnoreCase) ? $"breaker cannot be set to '{Breaker}'."
        : State is null && !HasWeight && Ejected is null && Breaker is null ? "There is nothing to change."
        : null;

    /// <summary>The state that is wanted; null where it shall stay as it is.</summary>
    public OperatorState? ReadState() =>
        Enum.TryParse<OperatorState>(State, ignoreCase: true, out var parsed) && parsed.ToString().Equals(State, StringComparison.OrdinalIgnoreCase) ? parsed : null;

    /// <summary>Reads the weight.</summary>
    /// <param name="weight">The weight that is wanted; null for that of the configuration.</param>
    /// <returns>Whether the weight shall change.</returns>
    public bool ReadWeight(out int? weight)
    {
        weight = Weight.ValueKind == JsonValueKind.Number && Weight.TryGetInt32(out var number) ? number : null;
        return HasWeight;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(StateView))]
[JsonSerializable(typeof(DestinationView))]
[JsonSerializable(typeof(CertificatesView))]
[JsonSerializable(typeof(ChangeView))]
[JsonSerializable(typeof(CountersView))]
[JsonSerializable(typeof(DestinationBody))]
[JsonSerializable(typeof(DestinationChangeBody))]
[JsonSerializable(typeof(ExplainBody))]
[JsonSerializable(typeof(ExplainView))]
[JsonSerializable(typeof(ReloadView))]
internal sealed partial class AdminJson : JsonSerializerContext;
