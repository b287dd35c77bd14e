using System.Diagnostics;
using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// One request on its way. The forwarder takes it for its HTTP client: it hands over the request once, gets the answer to pass on,
/// and knows nothing of the attempts that are made in between, as <see cref="Attempts"/> says.
/// </summary>
/// <remarks>
/// The forwarder, the timer, the reader of the body and the end of the client's connection come here on threads of their own.
/// Whoever of them has to do with <see cref="_attempts"/> holds the lock, briefly.
/// </remarks>
internal sealed partial class Exchange : HttpMessageInvoker
{
    /// <summary>What the forwarder gets instead of an answer. It passes nothing of it on.</summary>
    public static readonly HttpResponseMessage Refused = new(HttpStatusCode.ServiceUnavailable);

    private readonly EngineServices _services;
    private readonly Lock _lock = new();
    private readonly long _started;

    private Attempts _attempts;
    private RequestTimer? _timer;
    private CancellationTokenSource? _flight;
    private CancellationTokenRegistration _abortion;
    private AttemptUri? _uri;
    private string? _target;
    private RequestBody? _body;
    private Activity? _attempt;
    private Outcome? _previous;
    private HttpResponseMessage? _answer;
    private long _attemptStarted;
    private long _dueAt = long.MaxValue;
    private long? _toHead;
    private bool _isTimeUp;
    private bool _isClientSlow;
    private bool _hasClientStalled;

    public Exchange(HttpContext context, EngineServices services) : base(NoHandler.Instance, disposeHandler: false)
    {
        Context = context;
        _services = services;
        _started = services.Now;
        var request = context.Request;
        RequestId = Http.RequestId.Choose(request.Headers[Http.RequestId.Header], services.Random);
        IsTunnel = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);
        Activity = services.Activities.BeginRequest(request.Method, request.Scheme, request.Path, request.Headers.TraceParent, request.Headers.TraceState);
    }

    public HttpContext Context { get; }

    public string RequestId { get; }

    /// <summary>Whether the client asks for a WebSocket, the only protocol that is switched to.</summary>
    public bool IsTunnel { get; }

    public Route? Route { get; private set; }

    public Activity? Activity { get; }

    /// <summary>The fields of a request without a body that describe content.</summary>
    public EmptyContent? ContentFields { get; set; }

    /// <summary>What to answer instead of a destination's answer; null when there is one.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>What the request ended in.</summary>
    public RequestOutcome Outcome { get; private set; } = RequestOutcome.Defect;

    /// <summary>Whether the attempts were begun.</summary>
    public bool WasSent => _attempts.Count > 0;

    private bool IsIdempotent => RetryPolicy.IsIdempotent(Context.Request.Method);

    private bool CanReplay => _body?.CanReplay ?? true;

    /// <summary>Ends the request with an answer of the proxy's own.</summary>
    public void Refuse(Refusal? refusal, RequestOutcome outcome) => (Refusal, Outcome) = (refusal, outcome);

    /// <summary>Says where the request is to go.</summary>
    public void Begin(Route route)
    {
        Route = route;
        var traits = (IsIdempotent ? Traits.Idempotent : Traits.None) | (IsTunnel ? Traits.Tunnel : Traits.None);
        _attempts.Begin(route, route.Cluster, Affinity.None, traits, _started);
        _abortion = Context.RequestAborted.UnsafeRegister(static exchange => ((Exchange)exchange!).OnClientLeft(), this);
    }

    /// <summary>Makes the attempts.</summary>
    /// <returns>The answer to pass on, or <see cref="Refused"/>.</returns>
    public override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _body = RequestBody.Of(Context, request.Content, IsIdempotent && !IsTunnel, OnMoved);
        Decision decision;
        lock (_lock)
        {
            decision = _attempts.Next(_services.Now, _services.Dice);
        }

        while (decision.Act == Act.Send)
        {
            decision = await AttemptAsync(request, decision.Member);
        }

        if (decision.Act == Act.Relay)
        {
            return _answer!;
        }

        Refuse(decision.Refusal, _attempts.EndedIn);
        return Refused;
    }

    private async ValueTask<Decision> AttemptAsync(HttpRequestMessage request, Member member)
    {
        BeginAttempt(request, member);
        AttemptResult result;
        try
        {
            var answer = await _services.Clients.Of(Route!.Cluster).InvokerAfter(_previous).SendAsync(request, _flight!.Token);
            _toHead = _services.Now - _attemptStarted;
            result = JudgeHead(answer, out var decision);
            if (decision.Act == Act.Relay)
            {
                _answer = answer;
                _body?.Bind();
                return decision;
            }

            answer.Dispose();
        }
        catch (Exception exception)
        {
            result = Classify(exception);
        }

        return EndAttempt(result);
    }

    private void BeginAttempt(HttpRequestMessage request, Member member)
    {
        var (cluster, number) = (Route!.Cluster.Name, _attempts.Count);
        if (number > 1)
        {
            _services.Metrics.Retried(cluster, member.Name);
        }

        _attempt = _services.Activities.BeginAttempt(Context.Request.Method, cluster, member.Name, member.Destination.Address, number);
        _attemptStarted = _services.Now;
        _toHead = null;
        request.RequestUri = _uri = new AttemptUri(member.Destination.AddressPrefix + (_target ??= RequestTarget.OriginForm(Context)));
        request.Content = _body?.NextContent() ?? EmptyContent.For(request.Method, ContentFields);
        RequestFields.WriteAttempt(request, Context.Request, member, _attempt);
        lock (_lock)
        {
            _isTimeUp = false;
            _flight = new CancellationTokenSource();
            Arm_NeedsLock();
        }

        if (Context.RequestAborted.IsCancellationRequested)
        {
            _flight.Cancel();
        }
    }

    private AttemptResult JudgeHead(HttpResponseMessage answer, out Decision decision)
    {
        if (!AnswerJudge.IsValid(answer, IsTunnel))
        {
            decision = default;
            return Result(Http.Outcome.InvalidAnswer);
        }

        var status = (int)answer.StatusCode;
        lock (_lock)
        {
            decision = _attempts.Head(0, new AnswerHead(status), CanReplay, _services.Now, _services.Dice);
        }

        return Result(_isTimeUp ? Http.Outcome.Cancelled : OutcomeOf(status), status);
    }

    private AttemptResult Classify(Exception exception)
    {
        if (HasClientLeft())
        {
            return Result(Http.Outcome.ClientLeft);
        }

        if (_body is { Fault: not null } faulty)
        {
            return Result(Http.Outcome.BadRequest, faulty.FaultStatus);
        }

        return !_isTimeUp ? Result(AnswerJudge.Classify(exception, _uri!.HeadWasWritten))
            : _isClientSlow ? Result(Http.Outcome.BadRequest, StatusCodes.Status408RequestTimeout)
            : Result(Http.Outcome.Cancelled);
    }

    private Decision EndAttempt(in AttemptResult result)
    {
        if (!result.AnswerComplete)
        {
            // What is left of the attempt ends here, such as a content that still waits for the client.
            _flight!.Cancel();
        }

        var member = _attempts.Last!.Value;
        Decision decision;
        lock (_lock)
        {
            decision = _attempts.Ended(0, result, CanReplay, _services.Now, _services.Dice);
        }

        // The core has the last word on what it was: an attempt that was cancelled because its time was up ended by that.
        var outcome = _attempts.LastOutcome;
        _services.Metrics.AttemptEnded(Route!.Cluster.Name, member.Name, outcome.Tag());
        ProxyActivities.EndAttempt(_attempt, outcome.Tag(), outcome.IsDestinationFault(), outcome == Http.Outcome.BadRequest || result.Status == 0 ? null : result.Status);
        _attempt = null;
        _previous = outcome;
        if (decision.Act == Act.Send)
        {
            Log.TryingAgain(_services.Logger, member.Name, outcome.Tag());
        }

        return decision;
    }

    private AttemptResult Result(Outcome outcome, int status = 0, bool isComplete = false) => new(outcome, status, _uri!.HeadWasWritten, isComplete, _toHead);

    private static Outcome OutcomeOf(int status) => status >= 500 ? Http.Outcome.ServerError : Http.Outcome.Success;

    private void OnMoved()
    {
        lock (_lock)
        {
            _attempts.Moved(_services.Now);
        }
    }

    private void OnClientLeft()
    {
        lock (_lock)
        {
            _flight?.Cancel();
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _dueAt = long.MaxValue;
            if (_attempts.Woken(_services.Now, 0).CancelMask == 0)
            {
                Arm_NeedsLock();
                return;
            }

            // To be asked now: the cancellation ends the waiting.
            _isTimeUp = true;
            _isClientSlow = _body is { IsWaitingForClient: true };
            _hasClientStalled = _isClientsTurn;
        }

        if (_hasClientStalled)
        {
            // What waits for the client to take some of the answer would wait for ever.
            Context.Abort();
        }

        _flight?.Cancel();
    }

    // Deadlines mostly move on, so a timer that is set to an earlier one is left to find out by itself.
    private void Arm_NeedsLock()
    {
        var wakeAt = _attempts.WakeAt;
        if (wakeAt < _dueAt)
        {
            _dueAt = wakeAt;
            _timer ??= _services.Timers.Rent(OnTimer);
            _timer.Set(TimeSpan.FromTicks(Math.Max(wakeAt - _services.Now, TimeSpan.TicksPerMillisecond)));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "attempt on {Destination} failed ({Outcome}), trying again")]
        public static partial void TryingAgain(ILogger logger, string destination, string outcome);

        [LoggerMessage(2, LogLevel.Debug, "{Method} {Path} -> {Destination} {Status} {Milliseconds:0.0} ms", SkipEnabledCheck = true)]
        public static partial void Served(ILogger logger, string method, string path, string destination, int status, double milliseconds);
    }

    private sealed class NoHandler : HttpMessageHandler
    {
        public static readonly NoHandler Instance = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("An exchange sends by itself.");
    }
}
