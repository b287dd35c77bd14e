using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>One attempt of the exchange, from the decision to make it to its end.</summary>
internal sealed partial class Exchange
{
    private Flight? _relayed;

    private bool CanReplay => _body?.CanReplay ?? true;

    private HttpMessageInvoker Invoker => _services.Clients.Of(Cluster!).InvokerAfter(_attempts.LastOutcome);

    // The flight is there as soon as the core knows of the attempt: whoever is told to cancel it finds it.
    private Decision Take_NeedsLock(in Decision decision)
    {
        if (decision.Act == Act.Send)
        {
            _flights[decision.Slot] = new Flight(decision.Slot, decision.Member, _services.Now);
            Arm_NeedsLock();
        }

        return decision;
    }

    private (Flight? First, Flight? Second) GiveUp_NeedsLock(byte mask)
    {
        var (first, second) = ((mask & Decision.MaskOf(0)) == 0 ? null : _flights[0], (mask & Decision.MaskOf(1)) == 0 ? null : _flights[1]);

        // To be asked now: the cancellation ends the waiting.
        var isClientSlow = _body is { IsWaitingForClient: true };
        first?.GiveUp(isClientSlow);
        second?.GiveUp(isClientSlow);
        return (first, second);
    }

    // Not under the lock: whoever waits for a flight goes on here.
    private static void Cancel(Flight? first, Flight? second)
    {
        first?.Cancel();
        second?.Cancel();
    }

    private void BeginAttempt(Flight flight, HttpRequestMessage request, bool isHedge)
    {
        var (cluster, member, number) = (Cluster!.Name, flight.Member, _attempts.Count);
        if (isHedge)
        {
            _services.Metrics.Hedged(cluster, member.Name);
        }
        else if (number > 1)
        {
            _services.Metrics.Retried(cluster, member.Name);
        }

        flight.Span = _services.Activities.BeginAttempt(Method, cluster, member.Name, member.Destination.Address, number);
        request.RequestUri = flight.Uri = new AttemptUri(member.Destination.AddressPrefix + (Target ??= RequestTarget.OriginForm(Context)), _services.AccessLog is { IsOn: true } ? _services.Time : null);
        request.Content = (isHedge ? _body?.CopyContent() : _body?.NextContent()) ?? EmptyContent.For(request.Method, ContentFields);
        RequestFields.WriteAttempt(request, Context.Request, member, flight.Span, FixedHost);
        if (Cluster.Options.HttpClient.ProxyProtocol is { } version)
        {
            UpstreamIntroduction.Note(request, Context.Connection, version);
        }

        if (Context.RequestAborted.IsCancellationRequested)
        {
            flight.Cancel();
        }
    }

    // The sending has ended.
    private Decision Land(Flight flight)
    {
        if (flight.Answer is not { } answer)
        {
            return EndAttempt(flight, Classify(flight));
        }

        var result = JudgeHead(flight, answer, out var decision);
        if (decision.Act == Act.Relay)
        {
            _relayed = flight;
            _toFirstByte = _services.Now - _started;
            _body?.Bind();
            return decision;
        }

        answer.Dispose();
        return EndAttempt(flight, result);
    }

    private AttemptResult JudgeHead(Flight flight, HttpResponseMessage answer, out Decision decision)
    {
        if (!AnswerJudge.IsValid(answer, IsTunnel))
        {
            decision = default;
            return flight.Result(Http.Outcome.InvalidAnswer);
        }

        var status = AnswerJudge.StatusOf(answer);
        lock (_lock)
        {
            decision = _attempts.Head(flight.Slot, new AnswerHead(status, AnswerJudge.RetryAfterOf(answer, _services.Time)), CanReplay, _services.Now, _services.Dice);
        }

        return flight.Result(flight.IsGivenUp ? Http.Outcome.Cancelled : Outcomes.OfStatus(status), status);
    }

    private AttemptResult Classify(Flight flight)
    {
        if (HasClientLeft())
        {
            return flight.Result(Http.Outcome.ClientLeft);
        }

        if (_body is { Fault: not null } faulty)
        {
            return flight.Result(Http.Outcome.BadRequest, faulty.FaultStatus);
        }

        return !flight.IsGivenUp ? flight.Result(AnswerJudge.Classify(flight.Failure!, flight.Uri!.HeadWasWritten))
            : flight.IsClientSlow ? flight.Result(Http.Outcome.BadRequest, StatusCodes.Status408RequestTimeout)
            : flight.Result(Http.Outcome.Cancelled);
    }

    private Decision EndAttempt(Flight flight, in AttemptResult result)
    {
        if (!result.AnswerComplete)
        {
            // What is left of the attempt ends here, such as a content that still waits for the client.
            flight.Cancel();
        }

        Decision decision;
        Outcome outcome;
        var now = _services.Now;
        lock (_lock)
        {
            decision = Take_NeedsLock(_attempts.Ended(flight.Slot, result, CanReplay, now, _services.Dice));

            // The core has the last word on what it was: an attempt that was cancelled because its time was up ended by that.
            outcome = _attempts.OutcomeOf(flight.Slot);
        }

        var record = new AttemptRecord(Cluster!.Name, flight.Member, Method, outcome, result.Status, result.ToHead ?? now - flight.Started);
        record.Count(_services.Metrics, _services.Http, HttpMetrics.VersionOf(flight.Answer?.Version), (int?)flight.Answer?.StatusCode ?? 0);
        record.End(flight.Span);
        flight.Span = null;
        if (_relayed is null || flight == _relayed)
        {
            _toConnection = flight.Uri?.HeadWrittenAt - flight.Started;
        }

        if (decision.Act == Act.Send)
        {
            ExchangeLog.TryingAgain(_services.Logger, flight.Member.Name, outcome.Tag());
        }

        return decision;
    }
}
