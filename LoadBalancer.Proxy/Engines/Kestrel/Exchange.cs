using System.Diagnostics;
using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// One request on its way. The forwarder takes it for its HTTP client: it hands over the request once, gets the answer to pass on,
/// and knows nothing of the attempts that are made in between, as <see cref="Attempts"/> says.
/// </summary>
/// <remarks>
/// The forwarder, the timer, the reader of the body, the end of the client's connection and attempts that have lost come here on threads of their own.
/// Whoever of them has to do with <see cref="_attempts"/> holds the lock, briefly. Until there is an answer, it is the forwarder's call that has the attempts decided about and sends them.
/// </remarks>
internal sealed partial class Exchange : HttpMessageInvoker
{
    /// <summary>What the forwarder gets instead of an answer. It passes nothing of it on.</summary>
    public static readonly HttpResponseMessage Refused = new(HttpStatusCode.ServiceUnavailable);

    private const string WebSocket = "websocket";

    private readonly EngineServices _services;
    private readonly Lock _lock = new();
    private readonly long _started;

    private Attempts _attempts;
    private FlightArray _flights;
    private RequestTimer? _timer;
    private CancellationTokenRegistration _abortion;
    private RequestBody? _body;
    private long _dueAt = long.MaxValue;
    private bool _hasClientStalled;

    public Exchange(HttpContext context, EngineServices services) : base(NoHandler.Instance, disposeHandler: false)
    {
        Context = context;
        _services = services;
        _started = services.Now;
        var request = context.Request;
        RequestId = Http.RequestId.Choose(request.Headers[Http.RequestId.Header], services.Random);
        IsExtendedConnect = context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: { } protocol }
            && protocol.Equals(WebSocket, StringComparison.OrdinalIgnoreCase);
        IsTunnel = IsExtendedConnect
            || (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && request.Headers.Upgrade.ToString().Equals(WebSocket, StringComparison.OrdinalIgnoreCase));
        services.Http.Began(request.Method, request.IsHttps);
        Activity = services.Activities.BeginRequest(request.Method, request.Scheme, request.Path, request.Headers.TraceParent, request.Headers.TraceState);
    }

    public HttpContext Context { get; }

    public string RequestId { get; }

    /// <summary>Whether the client asks for a WebSocket, the only protocol that is switched to.</summary>
    public bool IsTunnel { get; }

    /// <summary>Whether it asks for that over HTTP/2 (RFC 8441).</summary>
    public bool IsExtendedConnect { get; }

    /// <summary>The method as routes and rules see it. A WebSocket is asked for by GET, and over HTTP/2 by a CONNECT that means the same.</summary>
    public string AskedMethod => IsExtendedConnect ? HttpMethods.Get : Context.Request.Method;

    public Route? Route { get; private set; }

    /// <summary>The cluster that serves the request.</summary>
    public Cluster? Cluster { get; private set; }

    public Activity? Activity { get; }

    /// <summary>The fields of a request without a body that describe content.</summary>
    public EmptyContent? ContentFields { get; set; }

    /// <summary>What to answer instead of a destination's answer; null when there is one.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>What the request ended in.</summary>
    public RequestOutcome Outcome { get; private set; } = RequestOutcome.Defect;

    /// <summary>Whether the attempts were begun.</summary>
    public bool WasSent => _attempts.Count > 0;

    private bool IsIdempotent => RetryPolicy.IsIdempotent(Method);

    /// <summary>Ends the request with an answer of the proxy's own.</summary>
    public void Refuse(Refusal? refusal, RequestOutcome outcome) => (Refusal, Outcome) = (refusal, outcome);

    /// <summary>Notes the route that it matched.</summary>
    public void Match(Route route) => Route = route;

    /// <summary>Ends the request with what its route says, without a cluster.</summary>
    public void Answer(RequestOutcome outcome) => (Refusal, Outcome) = (null, outcome);

    /// <summary>Says where the request is to go, and what ties it to a destination there.</summary>
    public void Begin(Route route, Cluster cluster, Affinity affinity)
    {
        (Route, Cluster, Transforms) = (route, cluster, RouteTransforms.Of(route));
        var traits = (IsIdempotent ? Traits.Idempotent : Traits.None) | (IsTunnel ? Traits.Tunnel : Traits.None);
        var waiter = cluster.Options.Queue is null ? null : new Waiter(this);
        _attempts.Begin(route, cluster, affinity, traits, _started, waiter);
        _abortion = Context.RequestAborted.UnsafeRegister(static exchange => ((Exchange)exchange!).OnClientLeft(), this);
    }

    /// <summary>Makes the attempts.</summary>
    /// <returns>The answer to pass on, or <see cref="Refused"/>.</returns>
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _body = RequestBody.Of(Context, request.Content, IsIdempotent && !IsTunnel, OnMoved);
        return _attempts.MayWait ? RaceAsync(request) : SendInTurnAsync(request);
    }

    // The path of nearly every request: one frame that waits for the one attempt.
    private async Task<HttpResponseMessage> SendInTurnAsync(HttpRequestMessage request)
    {
        var decision = First();
        while (decision.Act == Act.Send)
        {
            var flight = _flights[decision.Slot]!;
            BeginAttempt(flight, request, isHedge: false);
            try
            {
                flight.Answered(await Invoker.SendAsync(request, flight.Token), _services.Now);
            }
            catch (Exception exception)
            {
                flight.Failed(exception);
            }

            decision = Land(flight);
        }

        return Conclude(decision);
    }

    private Decision First()
    {
        lock (_lock)
        {
            return Take_NeedsLock(_attempts.Next(_services.Now, _services.Dice));
        }
    }

    private HttpResponseMessage Conclude(in Decision decision)
    {
        if (decision.Act == Act.Relay)
        {
            return _relayed!.Answer!;
        }

        Refuse(decision.Refusal, decision.Act == Act.Wait ? RequestOutcome.ClientLeft : _attempts.EndedIn);
        return Refused;
    }

    private void OnMoved()
    {
        lock (_lock)
        {
            _attempts.Moved(_services.Now);
            if (_attempts.MayHedge)
            {
                // What was held until something moves may now be due before anything else.
                Arm_NeedsLock();
            }
        }
    }

    private void OnClientLeft()
    {
        Flight? first, second;
        lock (_lock)
        {
            (first, second) = (_flights[0], _flights[1]);
            if (_race is { IsOver: false } race)
            {
                // It may be waiting with nothing under way.
                race.Wake_NeedsLock();
            }
        }

        Cancel(first, second);
    }

    private void OnTimer()
    {
        Flight? first, second;
        lock (_lock)
        {
            _dueAt = long.MaxValue;
            var now = _services.Now;
            if (_race is { IsOver: false } race && now >= _attempts.WakeAt)
            {
                race.Wake_NeedsLock();
                return;
            }

            var due = _attempts.Woken(isBodyWhole: false, now, 0).CancelMask;
            if (due == 0)
            {
                Arm_NeedsLock();
                return;
            }

            (first, second) = GiveUp_NeedsLock(due);
            _hasClientStalled = _isClientsTurn;
        }

        if (_hasClientStalled)
        {
            // What waits for the client to take some of the answer would wait for ever.
            Context.Abort();
        }

        Cancel(first, second);
    }

    // Deadlines mostly move on, so a timer that is set to an earlier one is left to find out by itself.
    private void Arm_NeedsLock()
    {
        var wakeAt = _attempts.WakeAt;
        if (wakeAt < _dueAt)
        {
            _dueAt = wakeAt;
            _timer ??= _services.Timers.Rent(OnTimer);
            _timer.Set(wakeAt, _services.Now);
        }
    }

    private sealed class NoHandler : HttpMessageHandler
    {
        public static readonly NoHandler Instance = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("An exchange sends by itself.");
    }
}
