using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>One attempt of the exchange, from the decision to make it to its end.</summary>
internal sealed partial class Exchange
{
    private CancellationTokenSource? _flight;
    private AttemptUri? _uri;
    private Activity? _attempt;
    private Outcome? _previous;
    private HttpResponseMessage? _answer;
    private long _attemptStarted;
    private long? _toHead;
    private bool _isTimeUp;
    private bool _isClientSlow;

    private bool CanReplay => _body?.CanReplay ?? true;

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
}
