using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The path of a request through the Kestrel engine, from the moment the web server has parsed it.</summary>
/// <remarks>
/// <code>
/// 1  screen: what this proxy never passes on is answered here
/// 2  match a route                                              none: 404
/// 3  attempt loop
///      3a  pick a destination, if there is one not tried yet    none: 503
///      3b  TryBegin, send one attempt, End, report
///      3c  may and can it be tried again?                       no: leave the loop
/// 4  refuse, if the last attempt left nothing to send
/// </code>
/// </remarks>
internal sealed partial class ProxyHandler(
    Router router,
    AttemptSender sender,
    ProxyMetrics metrics,
    ProxyActivities activities,
    TimeProvider time,
    Random random,
    ILogger<ProxyHandler> logger)
{
    /// <summary>Serves one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        using var exchange = new Exchange(context, sender.CreateRequestId(request));
        exchange.Activity = activities.BeginRequest(
            request.Method, request.Scheme, request.Path, request.Headers.TraceParent, request.Headers.TraceState);
        var started = time.GetTimestamp();
        var outcome = "defect";
        try
        {
            outcome = await ServeAsync(exchange);

            // :: Step 4: Refuse. A client that left gets nothing; logs and metrics show the status that the field has for it.
            await exchange.WriteRefusalAsync();
            if (exchange.LastOutcome == Outcome.ClientLeft && !context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        finally
        {
            End(exchange, started, outcome);
        }
    }

    private async ValueTask<string> ServeAsync(Exchange exchange)
    {
        // :: Step 1: Screen.
        var context = exchange.Context;
        if (RequestScreen.Answer(context, exchange))
        {
            return "refused";
        }

        // :: Step 2: Match a route.
        var (request, host) = (context.Request, context.Request.Host);
        exchange.Route = router.Current.Match(
            new RouteRequest(request.Method, host.Host, host.Port, request.Path.Value ?? "/", request.Headers, static (headers, name) => ((IHeaderDictionary)headers)[name]));
        if (exchange.Cluster is not { } cluster)
        {
            exchange.Refusal = Refusal.NoRoute;
            return "no_route";
        }

        // :: Step 3: Attempts.
        return await AttemptAsync(exchange, cluster);
    }

    private async ValueTask<string> AttemptAsync(Exchange exchange, Cluster cluster)
    {
        var sent = 0;
        while (true)
        {
            // :: Step 3a: Pick. The standing is read anew for each attempt, so that a verdict reached meanwhile counts.
            if (Pick(cluster.Standing, exchange) is not { } destination)
            {
                // What the last of several attempts ended in says more than that no further destination is left.
                exchange.Refusal = exchange.LastOutcome is { } last ? Refusals.For(last, exchange) : Refusal.NoDestination;
                return exchange.LastOutcome?.Tag() ?? "no_destination";
            }

            exchange.AddTried(destination);
            if (!destination.Destination.TryBegin())
            {
                exchange.AddUnreached(destination);
                continue;
            }

            // :: Step 3b: Send.
            if (exchange.LastOutcome is not null)
            {
                metrics.Retried(cluster.Name, destination.Name);
            }

            var outcome = await SendAsync(exchange, destination);

            // :: Step 3c: Again?
            if (outcome.IsNothingSent())
            {
                exchange.AddUnreached(destination);
            }
            else
            {
                sent++;
            }

            if (!exchange.CanStillAnswer || !RetryPolicy.MayFollow(
                    new AttemptResult(outcome, RequestHeadSent: !outcome.IsNothingSent()), exchange.IsIdempotent, exchange.CanReplay, sent, costly: sent, cluster.Options.Retry))
            {
                exchange.Refusal ??= Refusals.For(outcome, exchange);
                return outcome.Tag();
            }

            Log.TryingAgain(logger, destination.Name, outcome.Tag());
            exchange.PrepareNextAttempt();
        }
    }

    private Member? Pick(Standing standing, Exchange exchange)
    {
        Tried tried = default;
        AddAll(exchange.Tried);
        var index = standing.Pick(tried, null, (ulong)random.NextInt64() << 1, time.GetTimestamp());
        if (index < 0 && exchange.Destination is { } last)
        {
            // One that took the request may get it again; of several, not the one that has just failed.
            tried.Clear();
            AddAll(exchange.Unreached);
            var unreached = tried;
            AddAll([last]);
            index = standing.Pick(tried, null, (ulong)random.NextInt64() << 1, time.GetTimestamp());
            index = index < 0 && !unreached.IsEmpty ? standing.Pick(unreached, null, 0, 0) : index;
            index = index < 0 && unreached.IsEmpty && standing.Available.Length == 1 ? 0 : index;
        }

        return index < 0 ? null : standing.Available[index];

        void AddAll(ReadOnlySpan<Member> members)
        {
            for (var i = 0; i < standing.Available.Length; i++)
            {
                foreach (var member in members)
                {
                    if (member.Destination == standing.Available[i].Destination)
                    {
                        tried.Add(i);
                    }
                }
            }
        }
    }

    private async ValueTask<Outcome> SendAsync(Exchange exchange, Member destination)
    {
        var cluster = exchange.Cluster!.Name;
        exchange.BeginAttempt(destination);
        var activity = exchange.AttemptActivity =
            activities.BeginAttempt(exchange.Context.Request.Method, cluster, destination.Name, destination.Destination.Address, exchange.Attempts);
        var started = time.GetTimestamp();
        var outcome = Outcome.ClientLeft;
        try
        {
            outcome = await sender.SendAsync(exchange, destination);
            return outcome;
        }
        finally
        {
            destination.Destination.End(new AttemptResult(
                outcome, exchange.AnswerStatus ?? 0, !outcome.IsNothingSent(), ToHead: exchange.AnsweredAt is { } answered ? time.GetElapsedTime(started, answered).Ticks : null));
            exchange.LastOutcome = outcome;
            metrics.AttemptEnded(cluster, destination.Name, outcome.Tag());
            ProxyActivities.EndAttempt(activity, outcome.Tag(), outcome.IsDestinationFault(), exchange.AnswerStatus);
            Activity.Current = exchange.Activity;
        }
    }

    private void End(Exchange exchange, long started, string outcome)
    {
        var (request, status, route) = (exchange.Context.Request, exchange.Context.Response.StatusCode, exchange.Route);
        if (route is not null)
        {
            metrics.RequestEnded(route.Cluster.Name, exchange.Destination?.Name, outcome);
        }

        ProxyActivities.EndRequest(exchange.Activity, route?.Name, route?.Cluster.Name, exchange.Destination?.Name, outcome, status);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            var milliseconds = time.GetElapsedTime(started).TotalMilliseconds;
            Log.Served(logger, request.Method, request.Path, exchange.Destination?.Name ?? "-", status, milliseconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Method} {Path} -> {Destination} {Status} {Milliseconds:0.0} ms", SkipEnabledCheck = true)]
        public static partial void Served(ILogger logger, string method, string path, string destination, int status, double milliseconds);

        [LoggerMessage(2, LogLevel.Debug, "attempt on {Destination} failed ({Outcome}), trying again")]
        public static partial void TryingAgain(ILogger logger, string destination, string outcome);
    }
}
