using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What would become of a request, and why, by the rules that a real one goes by. To find out changes nothing: no turn is taken, nothing is counted.</summary>
/// <param name="Routes">The routes up to the one that matches, each with the reason.</param>
/// <param name="Route">The one that matches, or null.</param>
/// <param name="Cluster">The cluster that it leads to; null when it redirects or answers.</param>
/// <param name="Affinity">What ties it to a destination.</param>
/// <param name="FallbackOf">The cluster that has no destination available, so that another serves; null where that is not so.</param>
/// <param name="Location">Where the client would be sent; null when it is not.</param>
/// <param name="Destinations">Each destination of its cluster, in their order.</param>
/// <param name="IsPanic">Whether what is known of their health is ignored now.</param>
/// <param name="Refusal">What the proxy would answer by itself; null when the request would be sent on.</param>
internal sealed record Explanation(
    IReadOnlyList<RouteReason> Routes, Route? Route, Cluster? Cluster, Affinity Affinity, IReadOnlyList<PickReason> Destinations, bool IsPanic, Refusal? Refusal, string? Location = null, Cluster? FallbackOf = null)
{
    /// <summary>Why the client may not ask, for people; null where it may.</summary>
    public string? Denial { get; init; }

    // So many tell whose turn it is for certain from what is drawn by lot, and the chance of each to a few percent.
    private const int Draws = 1_000;

    /// <summary>Explains a request.</summary>
    /// <param name="routes">The routes in force.</param>
    /// <param name="method">Its method.</param>
    /// <param name="authority">The host that it asks for, with a port where it names one.</param>
    /// <param name="target">Its target.</param>
    /// <param name="scheme">The scheme that its client uses.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="client">The address of its client, 4 or 16 bytes; empty where nobody knows.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    public static Explanation Of(RouteTable routes, string method, string authority, string target, string scheme, IFields fields, ReadOnlySpan<byte> client, long now)
    {
        var path = TargetPath.Of(target, stackalloc char[256]);
        var facts = new RequestFacts(method, authority, path, fields, TargetPath.Query(target), scheme);
        var reasons = routes.Explain(facts);
        if (reasons is not [.., { Mismatch: null, Route: var route }])
        {
            return new Explanation(reasons, null, null, Affinity.None, [], IsPanic: false, Refusal.ForMethod(method) ?? Refusal.NoRoute);
        }

        if (route.Access is { } access && DeniedBy(access, fields, client) is var (denied, why))
        {
            return new Explanation(reasons, route, null, Affinity.None, [], IsPanic: false, Refusal.ForMethod(method) ?? denied) { Denial = why };
        }

        if (route.Redirect is { } redirect)
        {
            var location = redirect.Location(facts, target);
            return new Explanation(reasons, route, null, Affinity.None, [], IsPanic: false, Refusal.ForMethod(method) ?? (location is null ? Refusal.NoHost : null), location);
        }

        if (route.Respond is not null)
        {
            return new Explanation(reasons, route, null, Affinity.None, [], IsPanic: false, Refusal.ForMethod(method));
        }

        var wanted = route.Cluster ?? route.Split!.Pick(fields, RequestKey.Of(route.Split.Key, fields, target, client), dice: 0);
        var cluster = Fallbacks.Of(wanted, fields, now, metrics: null);
        var (standing, affinity) = (cluster.Standing, RequestKey.Of(cluster, fields, target, client));
        var session = affinity.Session.Destination is { } own && own.MayBegin(standing.Tolerated | own.ToleratedBySessions(now)) ? own : null;
        var wait = route.RateLimiter is { } limiter ? limiter.WaitOf(RequestRate.KeyOf(limiter.Options, fields, client), now) : 0;
        var refusal = Refusal.ForMethod(method) is { } never ? never
            : cluster.HasPaths && TargetPath.Climbs(target) ? Refusal.ClimbingPath
            : wait > 0 ? Refusal.TooManyRequests.After(wait)
            : session is null && (standing.Available.IsEmpty || (affinity.IsStrict && affinity.Session.Kind is SessionKind.Known or SessionKind.Lost)) ? Refusal.NoDestination
            : null;
        return new Explanation(reasons, route, cluster, affinity, Reasons(standing, affinity.Hash, session, now), standing.Tolerated != DestinationFlags.None, refusal)
        {
            FallbackOf = cluster == wanted ? null : wanted,
        };
    }

    private static (Refusal Refusal, string Why)? DeniedBy(RouteAccess access, IFields fields, ReadOnlySpan<byte> client)
    {
        var address = client.IsEmpty ? null : new System.Net.IPAddress(client);
        var refusal = RequestAccess.Check(access, address, fields, new KnownPasswords(), out _, out var pending);
        pending?.Run();
        refusal = pending is null ? refusal : pending.Refusal;
        return refusal is null ? null : (refusal, ReferenceEquals(refusal, Refusal.Forbidden) ? access.WhyNot(address) : "the request has no name and password that are known");
    }

    private static PickReason[] Reasons(Standing standing, ulong? hash, Destination? session, long now)
    {
        var picked = new int[standing.Available.Length];
        var dice = 0UL;
        for (var draw = 0; draw < Draws && picked.Length > 0; draw++)
        {
            dice = Dice.Remix(dice);
            picked[standing.Peek(hash, dice, now)]++;
        }

        var reasons = new PickReason[standing.Members.Length];
        for (var i = 0; i < reasons.Length; i++)
        {
            var (member, index) = (standing.Members[i], standing.IndexOf(standing.Members[i].Destination));
            var chance = session is not null ? (member.Destination == session ? 1 : 0) : index < 0 ? 0 : (double)picked[index] / Draws;
            reasons[i] = new PickReason(member, standing.Placements[i], standing.WeightsInForce[i], chance, member.Destination == session)
            {
                IsWarmingUp = standing.Weights[i] < member.Weight,
            };
        }

        return reasons;
    }
}

/// <summary>Whether a destination would get a request, and why.</summary>
/// <param name="Member">The destination.</param>
/// <param name="Placement">Where it stands.</param>
/// <param name="Weight">The weight by which it is picked.</param>
/// <param name="Chance">How likely it is the one: 1 when it is for certain. About, where a lot decides.</param>
/// <param name="HasSession">Whether the session of the request is with it, and goes on.</param>
internal readonly record struct PickReason(Member Member, Placement Placement, double Weight, double Chance, bool HasSession)
{
    /// <summary>Whether it has only a part of its weight as yet.</summary>
    public bool IsWarmingUp { get; init; }
}
