using System.Diagnostics;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The end of the exchange: the answer has gone, or broken off, or is the proxy's own.</summary>
internal sealed partial class EventLoopExchange
{
    // The client has taken the whole answer.
    private void Complete()
    {
        var relayed = _relayed!;
        EndFlight(relayed, relayed.Result(Outcomes.OfStatus(_status), _status, isComplete: true));
        _outcome = _attempts.EndedIn;

        // Of a body that was not read whole, the rest would be taken for a request.
        Finish(!_isBodyWhole ? ConnectionEnd.Linger : _plan.Closes ? ConnectionEnd.Close : ConnectionEnd.Keep);
    }

    // The answer has broken off: the client gets what there was of it, and can tell that there is more.
    private void BreakOff()
    {
        _outcome = _attempts.EndedIn;
        var endsWithConnection = _plan.Relay == BodyRelay.FromChunks || (_plan.Relay == BodyRelay.AsIs && _relayed!.Answer.Body == AnswerBody.UntilClose);
        Finish(_outcome == RequestOutcome.ClientLeft ? ConnectionEnd.Abort : endsWithConnection ? ConnectionEnd.Reset : ConnectionEnd.Linger);
    }

    private void Refuse(Refusal refusal, RequestOutcome outcome)
    {
        EndAll(Outcome.Cancelled);
        (_refusal, _outcome) = (refusal, outcome);
        if (_hasAnswerBegun)
        {
            Finish(ConnectionEnd.Linger);
            return;
        }

        DropBody();
        _services.Output.Clear();
        Answer(refusal.Status, AnswerWriter.WriteRefusal(_services.Output, refusal, _cluster?.Name, Head, _services.Date, _closes || !_isBodyWhole, _changes));
    }

    private void AnswerOptions()
    {
        const int noContent = 204;
        _outcome = RequestOutcome.Refused;
        DropBody();
        _services.Output.Clear();
        Answer(noContent, AnswerWriter.WriteOptions(_services.Output, Head, _services.Date, _closes || !_isBodyWhole));
    }

    private void SendElsewhere(int status, string? location)
    {
        if (location is null)
        {
            Refuse(Refusal.NoHost, RequestOutcome.Refused);
            return;
        }

        _outcome = RequestOutcome.Redirected;
        DropBody();
        _services.Output.Clear();
        Answer(status, AnswerWriter.WriteRedirect(_services.Output, status, location, Head, _services.Date, _closes || !_isBodyWhole));
    }

    private void Respond(FixedAnswer answer)
    {
        _outcome = RequestOutcome.Responded;
        _passed = Head.Method == "HEAD" ? 0 : answer.Body.Length;
        DropBody();
        _services.Output.Clear();
        Answer(answer.Status, AnswerWriter.WriteFixed(_services.Output, answer, Head, _services.Date, _closes || !_isBodyWhole));
    }

    private void Answer(int status, bool closes)
    {
        (_status, _hasAnswerBegun) = (status, true);
        Finish(_client!.Send(_services.Output, [], mayQueue: true) == Sent.Broken ? ConnectionEnd.Abort : closes ? ConnectionEnd.Linger : ConnectionEnd.Keep);
    }

    // A body that is there already is no reason to close the connection.
    private void DropBody()
    {
        if (Head.Body == RequestBody.Length && _bodyLeft <= _client!.Input.Length && !_isBodyWhole && _bodyLeft > 0)
        {
            _client.Consume((int)_bodyLeft);
            _isBodyWhole = true;
        }
    }

    private void Finish(ConnectionEnd end)
    {
        var client = _client!;
        _services.Loop.Timers.Set(_timer, TimerWheel.Never);
        _attempts.Abandon(_services.Now);
        _tunnel?.Forget();
        foreach (var flight in _flights)
        {
            if (flight.IsOn)
            {
                ProxyActivities.EndAttempt(flight.Span, Outcome.Cancelled.Tag(), failed: false, status: null);
                flight.End();
            }
        }

        _overload?.End();
        Tell();
        ReturnMemory();
        Head.Reset();
        (_client, _current, _relayed, _tunnel, _queued, _overload) = (null, null, null, null, null, null);
        (_routes, _route, _cluster, _changes, _refusal, _hasAnswerBegun, _isAnswerWhole) = (null, null, null, null, null, false, false);
        _services.Return(this);
        client.OnEnded(end);
    }

    private void Tell()
    {
        // Without a cluster none was begun, and what is there is of the request before.
        var (last, count) = _cluster is null ? (null, 0) : (_attempts.Last?.Name, _attempts.Count);
        var record = new RequestRecord(_route?.Name, _cluster?.Name, last, _outcome, _status, count, _services.Now - _started);
        record.Count(_services.Engine.Metrics, ReferenceEquals(_refusal, Refusal.Overloaded) ? _cluster : null);
        if (_cluster is not null && _tunnel is null)
        {
            _services.Loop.Coalescing.Answered(record.Elapsed);
        }

        if (_services.Engine.AccessLog.IsOn)
        {
            WriteLine(record);
        }

        if (_activity is { } activity)
        {
            record.End(activity);
            (_activity, Activity.Current) = (null, null);
        }

        if (_services.Engine.Logger.IsEnabled(LogLevel.Debug))
        {
            var path = TargetPath.Of(Head.Target, stackalloc char[256]).ToString();
            ExchangeLog.Served(_services.Engine.Logger, Head.Method, path, record.Destination ?? "-", record.Status, (double)record.Elapsed / TimeSpan.TicksPerMillisecond);
        }

        _services.Engine.Http.Ended(Head.Method, isTls: false, Head.IsHttp10 ? "HTTP/1.0" : "HTTP/1.1", record.Status, record.Elapsed);
    }
}
