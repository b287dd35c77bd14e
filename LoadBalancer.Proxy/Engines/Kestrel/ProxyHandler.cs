using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The path of a request through the Kestrel engine, from the moment the web server has parsed it.</summary>
/// <remarks>
/// <code>
/// 1  screen: what this proxy never passes on is answered here
/// 2  match a route, and ask who may take it                     none: 404; not this client: 401, 403; one too many: 429
/// 3  forward: the forwarder writes the request once, Exchange makes the attempts, the forwarder passes the answer on
/// 4  refuse, or cut the answer short, if there is none or it broke off
/// 5  tell what became of it
/// </code>
/// </remarks>
internal sealed partial class ProxyHandler(Router router, IHttpForwarder forwarder, EngineServices services)
{
    private const int LongestAddress = 16;

    /// <summary>Serves one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var routes = router.Current;
        using var exchange = new Exchange(context, services) { Trusted = routes.TrustedProxies };
        if (exchange.Activity is { IsAllDataRequested: true } span)
        {
            ProxyActivities.SetClient(span, RequestFields.ClientOf(context, routes.TrustedProxies));
        }

        // A tunnel takes its connection with it, and could not go on over one that is to be closed.
        var number = routes.MaxRequestsPerConnection is not null || routes.Overload?.Options.MaxConnections is not null ? RequestCount.Next(context) : 0;
        if (number >= routes.MaxRequestsPerConnection && !exchange.IsTunnel)
        {
            RequestCount.Close(context);
        }

        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        try
        {
            // :: Steps 1 and 2: Screen, and match a route.
            if ((routes.Overload is not { } overload || exchange.IsLetIn(overload, number == 1)) && !RequestScreen.Answer(context, exchange) && Match(context, exchange, routes) && await exchange.IsAdmittedAsync() && Lead(context, exchange, routes))
            {
                // :: Step 3: Forward.
                exchange.BeginMirror();
                await ForwardAsync(context, exchange, routes.TrustedProxies);
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            exchange.Refuse(null, RequestOutcome.ClientLeft);
        }
        catch (Exception exception)
        {
            Log.Defect(services.Logger, exception, context.Request.Method, context.Request.Path);
            exchange.Refuse(Refusal.Defect, RequestOutcome.Defect);
        }

        try
        {
            // :: Step 4: Refuse. A client that left gets nothing; logs and metrics show the status that the field has for it.
            await EndAnswerAsync(context, exchange, body);
        }
        finally
        {
            // :: Step 5: Tell.
            exchange.Finish();
        }
    }

    private static bool Match(HttpContext context, Exchange exchange, RouteTable routes)
    {
        var route = routes.Match(FactsOf(context, exchange, routes, TargetPath.Of(RequestTarget.Of(context), stackalloc char[256])));
        if (route is null)
        {
            exchange.Refuse(Refusal.NoRoute, RequestOutcome.NoRoute);
            return false;
        }

        exchange.Match(route);
        return true;
    }

    private static RequestFacts FactsOf(HttpContext context, Exchange exchange, RouteTable routes, ReadOnlySpan<char> path)
    {
        var request = context.Request;
        var scheme = routes.Redirects ? RequestFields.SchemeOf(context, routes.TrustedProxies) : request.Scheme;
        return new RequestFacts(exchange.AskedMethod, request.Host.Value, path, exchange, TargetPath.Query(RequestTarget.Of(context)), scheme);
    }

    // False when it is answered here.
    private bool Lead(HttpContext context, Exchange exchange, RouteTable routes)
    {
        var (route, target) = (exchange.Route!, RequestTarget.Of(context));
        if (route.Redirect is { } redirect)
        {
            SendElsewhere(context, exchange, redirect.Status, redirect.Location(FactsOf(context, exchange, routes, TargetPath.Of(target, stackalloc char[256])), target));
            return false;
        }

        if (route.Respond is not null)
        {
            exchange.Answer(RequestOutcome.Responded);
            return false;
        }

        var cluster = route.Cluster ?? SideOf(context, exchange, target, route.Split!, routes.TrustedProxies);
        cluster = Fallbacks.Of(cluster, exchange, services.Now, services.Metrics);
        exchange.Begin(route, cluster, KeyOf(context, exchange, target, cluster, routes.TrustedProxies));
        if ((cluster.HasPaths || exchange.Transforms is { ChangesPath: true }) && TargetPath.Climbs(target))
        {
            exchange.Refuse(Refusal.ClimbingPath, RequestOutcome.BadRequest);
            return false;
        }

        if (!exchange.IsTunnel && route.MaxBodySize is { } size && !BodyLimit.Admits(context, size))
        {
            exchange.Refuse(Refusal.BodyTooLarge, RequestOutcome.BadRequest);
            return false;
        }

        return route.RateLimiter is not { } limiter || IsAdmitted(context, exchange, route, cluster, limiter, routes.TrustedProxies);
    }

    private bool IsAdmitted(HttpContext context, Exchange exchange, Route route, Cluster cluster, RateLimiter limiter, TrustedProxies trusted)
    {
        var client = AddressOf(context, trusted, limiter.Options.By != RateLimitKey.Route, stackalloc byte[LongestAddress]);
        if (RequestRate.Check(route, cluster, limiter, exchange, client, services.Now, services.Metrics) is not { } refusal)
        {
            return true;
        }

        exchange.Refuse(refusal, RequestOutcome.Shed);
        return false;
    }

    private static void SendElsewhere(HttpContext context, Exchange exchange, int status, string? location)
    {
        if (location is null)
        {
            exchange.Refuse(Refusal.NoHost, RequestOutcome.Refused);
            return;
        }

        var response = context.Response;
        response.StatusCode = status;
        response.Headers.Location = location;
        response.Headers[RequestId.Header] = exchange.RequestId;
        response.ContentLength = 0;
        exchange.Answer(RequestOutcome.Redirected);
    }

    private Cluster SideOf(HttpContext context, Exchange exchange, string target, Split split, TrustedProxies trusted)
    {
        var client = AddressOf(context, trusted, split.Key.Source == HashSource.ClientAddress, stackalloc byte[LongestAddress]);
        return split.Pick(exchange, RequestKey.Of(split.Key, exchange, target, client), services.Dice);
    }

    private static Affinity KeyOf(HttpContext context, Exchange exchange, string target, Cluster cluster, TrustedProxies trusted)
    {
        var client = AddressOf(context, trusted, RequestKey.IsOfClient(cluster.Options), stackalloc byte[LongestAddress]);
        return RequestKey.Of(cluster, exchange, target, client);
    }

    // The address of the client, where it matters and there is one; empty elsewhere.
    private static ReadOnlySpan<byte> AddressOf(HttpContext context, TrustedProxies trusted, bool matters, Span<byte> scratch) =>
        matters && RequestFields.ClientOf(context, trusted) is { } address && address.TryWriteBytes(scratch, out var length) ? scratch[..length] : [];

    private async ValueTask ForwardAsync(HttpContext context, Exchange exchange, TrustedProxies trusted)
    {
        // An upgrade to anything else is not offered to the destination, which then answers as if it had not been asked (RFC 9110, 7.8).
        if (!exchange.IsTunnel)
        {
            context.Request.Headers.Upgrade = default;
        }

        var client = services.Clients.Of(exchange.Cluster!);
        var error = ForwarderError.None;
        try
        {
            error = await forwarder.SendAsync(
                context, Transformer.Prefix, exchange, exchange.IsTunnel ? client.Tunnel : client.Request, CreateTransformer(exchange, trusted));
        }
        catch (AnswerBrokenException)
        {
            // The exchange knows.
        }
        finally
        {
            await exchange.EndAsync(error);
        }
    }

    private Transformer CreateTransformer(Exchange exchange, TrustedProxies trusted) => exchange.Transforms is { } transforms
        ? new RouteTransformer(exchange, transforms, trusted, services.Stopping)
        : new Transformer(exchange, trusted, services.Stopping);

    private static async Task EndAnswerAsync(HttpContext context, Exchange exchange, IHttpResponseBodyFeature body)
    {
        var response = context.Response;
        if (exchange.Refusal is not { } refusal)
        {
            if (exchange.Outcome == RequestOutcome.ClientLeft && !response.HasStarted)
            {
                response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
            else if (exchange.Outcome == RequestOutcome.Responded)
            {
                exchange.Pass(await FixedAnswerWriter.WriteAsync(context, exchange.Route!.Respond!, exchange.RequestId));
            }
        }
        else if (response.HasStarted)
        {
            AnswerFlow.Truncate(context);
        }
        else if (!context.RequestAborted.IsCancellationRequested)
        {
            // The answer that broke off may have left fields, and a body of its own framing in place of the web server's.
            context.Features.Set(body);
            response.Clear();
            if (exchange.Transforms is { } transforms)
            {
                await transforms.ChangeRefusalAsync(context, refusal.Status);
            }

            exchange.Pass(await ProblemWriter.WriteAsync(context, refusal, exchange.Cluster?.Name, exchange.RequestId));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} could not be served")]
        public static partial void Defect(ILogger logger, Exception exception, string method, string path);
    }
}
