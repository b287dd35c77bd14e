using System.Globalization;
using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Admin;

/// <summary>Says in words what <see cref="Explanation"/> has found.</summary>
internal static class ExplainViews
{
    public static ExplainView Describe(Explanation found)
    {
        var cluster = found.Cluster;
        var hash = cluster?.Options is { LoadBalancingPolicy: LoadBalancingPolicy.ConsistentHash } options ? options.Hash : null;
        return new ExplainView(
            found.Refusal is { } refusal ? new ExplainAnswerView(refusal.Status, refusal.Title, refusal.RetryAfter) : null,
            found.Route?.Name,
            [.. found.Routes.Select(Describe)],
            found.Denial,
            found.Location,
            found.Route?.Respond?.Status,
            cluster?.Name,
            found.FallbackOf?.Name,
            cluster?.Options.LoadBalancingPolicy.ToString(),
            found.IsPanic,
            hash is null ? null : new ExplainKeyView(hash.Source.ToString(), hash.Name, found.Affinity.Hash?.ToString("x16", CultureInfo.InvariantCulture)),
            found.Affinity.Session.Kind == SessionKind.None ? null : found.Affinity.Session.Kind.ToString(),
            [.. found.Destinations.Select(destination => Describe(destination, found, cluster!.Options.LoadBalancingPolicy))]);
    }

    private static ExplainRouteView Describe(RouteReason reason) => new(
        reason.Route.Name, reason.Route.Order, reason.Route.Match.Hosts is [var host, ..] ? host : null, reason.Route.Match.Path, reason.Mismatch is null, reason.Mismatch ?? "matches");

    private static ExplainDestinationView Describe(PickReason reason, Explanation found, LoadBalancingPolicy policy)
    {
        var (member, destination) = (reason.Member, reason.Member.Destination);
        var (health, ejection) = (destination.Health.Status, destination.Ejection is { IsDryRun: false } ejected ? ejected : null);
        return new ExplainDestinationView(
            member.Name,
            DestinationAddress.TextOf(member.Definition.Address),
            PickOf(reason),
            reason.Chance,
            Why(reason, found, policy),
            member.Weight,
            Math.Round(reason.Weight, 3),
            member.Definition.Priority,
            health.Verdict.ToString(),
            health.Reason,
            destination.State.ToString(),
            ejection?.Until.UtcDateTime,
            ejection?.Reason,
            destination.IsSuspect,
            reason.IsWarmingUp,
            destination.Load.InFlight)
        {
            Zone = member.Definition.Zone,
        };
    }

    private static string PickOf(PickReason reason) => reason switch
    {
        { Chance: 1 } => "next",
        { Placement: Placement.Candidate } => "candidate",
        { Placement: Placement.Elsewhere or Placement.Backup or Placement.Suspect } => "reserve",
        _ => "no",
    };

    private static string Why(PickReason reason, Explanation found, LoadBalancingPolicy policy)
    {
        var destination = reason.Member.Destination;
        if (reason.HasSession)
        {
            return "its session is here" + (reason.Placement == Placement.Draining ? ", and goes on while it drains" : "");
        }

        return reason.Placement switch
        {
            Placement.Candidate => WhyCandidate(reason, found, policy) + Spilled(reason, found) + Ignored(destination) + Limited(destination, found.Cluster!.Options.MaxConcurrentRequests),
            Placement.Elsewhere => $"in zone {reason.Member.Definition.Zone}, and enough of the proxy's own are available",
            Placement.Backup => $"priority {reason.Member.Definition.Priority}, and enough of priority {WorstPriority(found)} are available",
            Placement.Suspect => "suspect: its last connect timed out, so that it is tried last",
            Placement.Weightless => reason.Member.Definition is { LeavesAt: { } leaves } gone
                ? string.Create(CultureInfo.InvariantCulture, $"{(gone.IsRemovedByOperator ? "removed by the operator, gone" : $"no longer found by {gone.Source}, removed")} at {leaves.UtcDateTime:HH:mm:ss} UTC")
                : "weight 0",
            Placement.Draining => "draining",
            Placement.Down => "down",
            Placement.Unhealthy => $"unhealthy: {destination.Health.Status.Reason}",
            Placement.Ejected => destination.Ejection is { } ejection
                ? string.Create(CultureInfo.InvariantCulture, $"ejected until {ejection.Until.UtcDateTime:HH:mm:ss} UTC: {ejection.Reason}")
                : "ejected",
            Placement.Open => $"circuit breaker open: {destination.BreakerTrip?.Reason}",
            var placement => throw new ArgumentOutOfRangeException(nameof(reason), placement, null),
        };
    }

    private static string WhyCandidate(PickReason reason, Explanation found, LoadBalancingPolicy policy) => reason.Chance switch
    {
        1 => found.Affinity.Hash is null ? $"next by {policy}" : $"the key leads here, by {policy}",
        0 => found.Destinations.Any(destination => destination.HasSession) ? "candidate: the session is with another"
            : found.Affinity.Hash is null ? $"candidate: {policy} picks another now" : "candidate: the key leads to another",
        _ => string.Create(CultureInfo.InvariantCulture, $"candidate: about {reason.Chance:0 %} of such requests, by {policy}"),
    };

    private static string Spilled(PickReason reason, Explanation found) =>
        reason.Member.Definition is { IsElsewhere: true, Zone: var zone } && found.Cluster!.Options.ZonePreference.Enabled
            ? $"; in zone {zone}, which serves as too few of the proxy's own are available"
            : "";

    // Only in a panic is one picked that has such a verdict.
    private static string Ignored(Destination destination) => (destination.Flags & DestinationFlags.Verdicts) == 0 ? ""
        : destination.Health.Status.Verdict == HealthVerdict.Unhealthy ? $"; unhealthy ({destination.Health.Status.Reason}), which counts for nothing in a panic"
        : "; ejected, which counts for nothing in a panic";

    private static string Limited(Destination destination, int? most) =>
        destination.BreakerState == BreakerState.HalfOpen ? "; circuit breaker half-open: only a trial is let through"
        : destination.Load.InFlight >= most ? $"; has as many requests as it may, {most}, so that another is taken, or the request waits"
        : "";

    private static int WorstPriority(Explanation found) =>
        found.Destinations.Where(destination => destination.Placement == Placement.Candidate).Select(destination => destination.Member.Definition.Priority).DefaultIfEmpty().Max();
}

/// <param name="Answer">What the proxy would answer by itself; null when the request would be sent on.</param>
/// <param name="Route">The name of the route that matches, or null.</param>
/// <param name="Routes">The routes in the order in which they are tried, up to the one that matches.</param>
/// <param name="Denied">Why the client may not ask, or null.</param>
/// <param name="Location">Where the client would be redirected, or null.</param>
/// <param name="Responds">The status that the route itself answers with, or null.</param>
/// <param name="Cluster">The name of its cluster; null where there is none.</param>
/// <param name="FallbackOf">The name of the cluster that it serves for, since that has no destination available; null where that is not so.</param>
/// <param name="Policy">How that picks.</param>
/// <param name="Panic">Whether it ignores what is known of the health of its destinations.</param>
/// <param name="Key">What ties the request to a destination; null where nothing does.</param>
/// <param name="Session">What the request says of its session: <c>New</c>, <c>Known</c> or <c>Lost</c>; null where the cluster has none.</param>
/// <param name="Destinations">Its destinations.</param>
internal sealed record ExplainView(
    ExplainAnswerView? Answer,
    string? Route,
    IReadOnlyList<ExplainRouteView> Routes,
    string? Denied,
    string? Location,
    int? Responds,
    string? Cluster,
    string? FallbackOf,
    string? Policy,
    bool Panic,
    ExplainKeyView? Key,
    string? Session,
    IReadOnlyList<ExplainDestinationView> Destinations);

internal sealed record ExplainAnswerView(int Status, string Title, int? RetryAfter);

internal sealed record ExplainRouteView(string Name, int Order, string? Host, string? Path, bool Matches, string Reason);

/// <param name="Source">Where the key is.</param>
/// <param name="Name">Under which name.</param>
/// <param name="Hash">Its hash in hexadecimal; null where the request has no such thing, and a lot decides.</param>
internal sealed record ExplainKeyView(string Source, string? Name, string? Hash);

/// <param name="Name">Its name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Pick"><c>next</c>, <c>candidate</c>, <c>reserve</c> or <c>no</c>.</param>
/// <param name="Chance">From 0 to 1.</param>
/// <param name="Why">The reason, for people.</param>
/// <param name="Weight">That of the operator, or else of the configuration.</param>
/// <param name="WeightInForce">The part of it by which it is picked now.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="Health">The verdict of the probes.</param>
/// <param name="Reason">What the last probe found.</param>
/// <param name="State">What the operator wants of it.</param>
/// <param name="EjectedUntil">Until when it is ejected, or null.</param>
/// <param name="EjectionReason">Why.</param>
/// <param name="Suspect">Whether its last connect timed out.</param>
/// <param name="WarmingUp">Whether it has only a part of its weight as yet.</param>
/// <param name="InFlight">Its requests in flight.</param>
internal sealed record ExplainDestinationView(
    string Name,
    string Address,
    string Pick,
    double Chance,
    string Why,
    int Weight,
    double WeightInForce,
    int Priority,
    string Health,
    string Reason,
    string State,
    DateTime? EjectedUntil,
    string? EjectionReason,
    bool Suspect,
    bool WarmingUp,
    int InFlight)
{
    /// <summary>The zone that it runs in; left out where that is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Zone { get; init; }
}
