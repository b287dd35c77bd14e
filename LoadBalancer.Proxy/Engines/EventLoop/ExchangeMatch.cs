using System.Diagnostics;
using System.Net;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange before its first attempt: which route, which cluster, and whether at all.</summary>
internal sealed partial class EventLoopExchange
{
    private const int LongestAddress = 16;

    private Activity? BeginActivity()
    {
        if (!_services.Engine.Activities.HasListeners)
        {
            return null;
        }

        var path = TargetPath.Of(Head.Target, stackalloc char[256]).ToString();
        var parent = Head.TryGet("traceparent", 0, out var value) ? value.ToString() : null;
        var state = Head.Joined(FieldId.TraceState);
        var activity = _services.Engine.Activities.BeginRequest(Head.Method, ForwardedFields.Scheme, path, parent, state.IsEmpty ? null : state.ToString());
        if (activity is { IsAllDataRequested: true })
        {
            ProxyActivities.SetClient(activity, ClientAddress());
        }

        // The thread serves others next.
        Activity.Current = null;
        return activity;
    }

    private bool Match()
    {
        var target = Head.Target;
        var routes = _routes!;
        var path = TargetPath.Of(target, stackalloc char[256]);
        var route = routes.Match(FactsOf(path));
        if (route is null)
        {
            Refuse(Refusal.NoRoute, RequestOutcome.NoRoute);
            return false;
        }

        _route = route;
        return (route.Access is not { } access || IsAdmitted(access)) && Lead(route);
    }

    // False when it is answered.
    private bool Lead(Route route)
    {
        var target = Head.Target;
        if (route.Redirect is { } redirect)
        {
            SendElsewhere(redirect.Status, redirect.Location(FactsOf(TargetPath.Of(target, stackalloc char[256])), target));
            return false;
        }

        if (route.Respond is { } answer)
        {
            Respond(answer);
            return false;
        }

        Span<byte> scratch = stackalloc byte[LongestAddress];
        var cluster = route.Cluster ?? route.Split!.Pick(
            Head, RequestKey.Of(route.Split.Key, Head, target, AddressOf(route.Split.Key.Source == Configuration.HashSource.ClientAddress, scratch)), _services.Dice);
        cluster = Fallbacks.Of(cluster, Head, _services.Now, _services.Engine.Metrics);
        var affinity = RequestKey.Of(cluster, Head, target, AddressOf(RequestKey.IsOfClient(cluster.Options), scratch));
        var traits = (IsIdempotent ? Traits.Idempotent : Traits.None) | (Head.IsTunnel ? Traits.Tunnel : Traits.None);
        _cluster = cluster;
        _attempts.Begin(route, cluster, affinity, traits, _started, cluster.Options.Queue is null ? null : _waiter);
        _bodyLimit = route.MaxBodySize ?? long.MaxValue;
        if (cluster.HasPaths && TargetPath.Climbs(target))
        {
            Refuse(Refusal.ClimbingPath, RequestOutcome.BadRequest);
            return false;
        }

        _changes = RouteChanges.Of(route);
        if (_changes?.Apply(Head) is { } unfit)
        {
            Refuse(unfit, RequestOutcome.BadRequest);
            return false;
        }

        if (Head.Body == RequestBody.Length && Head.ContentLength > _bodyLimit)
        {
            Refuse(Refusal.BodyTooLarge, RequestOutcome.BadRequest);
            return false;
        }

        if (route.RateLimiter is { } limiter && RequestRate.Check(
            route, cluster, limiter, Head, AddressOf(limiter.Options.By != Configuration.RateLimitKey.Route, scratch), _services.Now, _services.Engine.Metrics) is { } refusal)
        {
            Refuse(refusal, RequestOutcome.Shed);
            return false;
        }

        return true;
    }

    private RequestFacts FactsOf(ReadOnlySpan<char> path) =>
        new(Head.Method, Head.Authority, path, Head, TargetPath.Query(Head.Target), _routes!.Redirects ? ClientScheme() : ForwardedFields.Scheme);

    // The address of the client, where it matters and there is one; empty elsewhere.
    private ReadOnlySpan<byte> AddressOf(bool matters, Span<byte> scratch) =>
        matters && ClientAddress() is { } address && address.TryWriteBytes(scratch, out var length) ? scratch[..length] : [];

    private IPAddress? ClientAddress() => ForwardedFields.ClientOf(Head, _client!.Client, _routes!.TrustedProxies);

    private string ClientScheme() => ForwardedFields.SchemeOf(Head, _client!.Client, _routes!.TrustedProxies);
}
