using System.Collections.Immutable;
using System.Globalization;

namespace Aspire.Hosting;

/// <summary>What the dashboard shows of a destination.</summary>
internal static class DestinationSnapshot
{
    /// <summary>How long a destination that is gone is still shown, as finished.</summary>
    public static readonly TimeSpan ShownAfterEnd = TimeSpan.FromSeconds(30);

    // Names that the dashboard gives a meaning of its own.
    private const string ParentName = "resource.parentName";
    private const string Source = "resource.source";

    /// <summary>The destination as the proxy describes it.</summary>
    /// <param name="before">What was shown before.</param>
    /// <param name="view">The proxy's description.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="share">Its part of the cluster's requests, from 0 to 1; null when there were none.</param>
    /// <param name="parent">The id under which the dashboard knows the load balancer.</param>
    public static CustomResourceSnapshot Show(this CustomResourceSnapshot before, DestinationView view, string cluster, double? share, string parent) => before with
    {
        State = StateOf(view),
        StartTimeStamp = view.Since,
        StopTimeStamp = null,
        IsHidden = false,
        Urls = [new UrlSnapshot("http", view.Address, IsInternal: false)],
        Properties =
        [
            new(ParentName, parent),
            new(Source, view.BreakerReason is { } broken ? $"Circuit breaker: {broken}" : view.EjectionReason is { } ejected ? $"Ejected: {ejected}" : $"{view.Health}: {Reason(view)}"),
            .. Property("Cluster", cluster),
            .. Property("Address", view.Address),
            .. Property("Weight", view.OperatorWeight is null ? view.Weight : $"{view.Weight}, set by the operator"),
            .. Property("Reason", Reason(view)),
            .. view.EjectedUntil is { } until ? Property("Ejected", $"until {until.ToString("u", CultureInfo.InvariantCulture)}: {view.EjectionReason}") : [],
            .. view.Breaker is { } breaker ? Property("Circuit breaker", view.BreakerReason is { } why ? $"{breaker}: {why}" : breaker) : [],
            .. Property("Since", view.Since.ToString("u", CultureInfo.InvariantCulture)),
            .. Property("In flight", view.InFlight),
            .. Property("Requests", view.Requests),
            .. Property("Share of the cluster's requests", share?.ToString("0.0 %", CultureInfo.InvariantCulture) ?? "-"),
            .. Property("Failures", view.Failures),
            .. Property("Latency", $"{view.LatencyMs.ToString("0.0", CultureInfo.InvariantCulture)} ms"),
        ],
    };

    /// <summary>The destination when nothing is heard of the proxy. What was known last stays to be read.</summary>
    public static CustomResourceSnapshot Lose(this CustomResourceSnapshot before, string reason) => before.State?.Text == KnownResourceStates.Finished ? before : before with
    {
        State = new ResourceStateSnapshot(DestinationState.Unknown, KnownResourceStateStyles.Warn),
        Properties = [.. before.Properties.Where(property => property.Name is not Source), new(Source, reason)],
    };

    /// <summary>The destination when the proxy has it no more.</summary>
    public static CustomResourceSnapshot Finish(this CustomResourceSnapshot before, DateTime now) => before with
    {
        State = new ResourceStateSnapshot(KnownResourceStates.Finished, KnownResourceStateStyles.Info),
        StopTimeStamp = now,
    };

    private static ResourceStateSnapshot StateOf(DestinationView view) => (view.State, view.Health) switch
    {
        ("Draining", _) => new(DestinationState.Draining, KnownResourceStateStyles.Warn),
        ("Down", _) => new(DestinationState.Down, KnownResourceStateStyles.Warn),
        (_, not "Unhealthy") when view.Breaker == "Open" => new(DestinationState.Open, KnownResourceStateStyles.Error),
        (_, not "Unhealthy") when view.EjectedUntil is not null => new(DestinationState.Ejected, KnownResourceStateStyles.Error),
        (_, "Healthy") => new(DestinationState.Healthy, KnownResourceStateStyles.Success),
        (_, "Unhealthy") => new(DestinationState.Unhealthy, KnownResourceStateStyles.Error),
        _ => new(DestinationState.Unknown, KnownResourceStateStyles.Info),
    };

    private static string Reason(DestinationView view) => view.Reason.Length > 0 ? view.Reason : "not probed yet";

    private static ImmutableArray<ResourcePropertySnapshot> Property(string name, object value) =>
        [new(name, FormattableString.Invariant($"{value}")) { DisplayName = name, IsHighlighted = true }];
}
