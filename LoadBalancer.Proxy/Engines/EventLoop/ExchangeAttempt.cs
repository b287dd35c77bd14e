using System.Diagnostics;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The attempts of the exchange, from the decision to make one to its end.</summary>
internal sealed partial class EventLoopExchange
{
    // How long a client that waits to be told to send its body waits for the destination to say so (RFC 9110, 10.1.1: no longer than it would itself).
    private const long ContinueAfter = TimeSpan.TicksPerSecond;

    private bool _hasContinued;

    // With which connections for this client begin; null where destinations are not told.
    private byte[]? ProxyHeader => _cluster!.Options.HttpClient.ProxyProtocol is { } version ? _client!.HeaderOf(version) : null;

    private void Launch(in Decision decision)
    {
        var (flight, member, cluster) = (_flights[decision.Slot], decision.Member, _cluster!);
        var last = _attempts.LastOutcome;
        flight.Begin(member, _services.Now);
        if (decision.IsHedge)
        {
            ExchangeLog.Hedging(_services.Engine.Logger, _flights[1 - decision.Slot].Member.Name, member.Name);
            _services.Engine.Metrics.Hedged(cluster.Name, member.Name);
        }
        else
        {
            _current = flight;
            if (_attempts.Count > 1)
            {
                _services.Engine.Metrics.Retried(cluster.Name, member.Name);
            }
        }

        if (_activity is not null)
        {
            Activity.Current = _activity;
            flight.Span = _services.Engine.Activities.BeginAttempt(Head.Method, cluster.Name, member.Name, member.Destination.Address, _attempts.Count);
            Activity.Current = null;
        }

        // After one that broke off without an answer, a connection is made for this request alone: that one may have been idle for too long, and the next idle one might be no better.
        var (pool, options) = (_services.PoolOf(member.Destination), cluster.Options.HttpClient);
        if ((last == Outcome.Reset ? null : pool.Take(options, ProxyHeader)) is { } idle)
        {
            (flight.Upstream, idle.Flight) = (idle, flight);
            OnConnected(flight);
        }
        else
        {
            flight.Connect = new UpstreamConnect(_services.Loop, pool, flight, options);
            flight.Connect.Start();
        }
    }

    /// <summary>The connection of an attempt is there.</summary>
    internal void OnConnected(Flight flight)
    {
        var (output, upstream) = (_services.Output, flight.Upstream!);
        flight.Connected(_services.Now);
        output.Clear();
        if (ProxyHeader is { } header && upstream.ProxyHeader is null)
        {
            upstream.ProxyHeader = header;
            output.Write(header);
        }

        HeadWriter.Write(output, Head, new RequestContext
        {
            Destination = DestinationText.Of(flight.Member),
            Client = _client!.Client,
            Trusted = _routes!.TrustedProxies,
            TraceParent = flight.Span?.Id,
            TraceState = flight.Span?.TraceStateString,
            Changes = _changes,
        });
        if (SendWithBody(flight, output) == Sent.Broken)
        {
            // Nothing of it was taken: the connection had been closed while it waited.
            OnFailed(flight, Outcome.Reset);
            return;
        }

        if (Head.ExpectsContinue && !_hasContinued && !_isBodyWhole)
        {
            _continueAt = _services.Now + ContinueAfter;
            Arm();
        }

        PumpBody();
    }

    /// <summary>An attempt has come to nothing.</summary>
    internal void OnFailed(Flight flight, Outcome outcome)
    {
        // A connection that could not be made was then a second one, after something was sent over the first.
        Follow(EndFlight(flight, flight.Result(outcome)));
    }

    /// <summary>Nothing of the request was sent: the connection had been closed while it waited.</summary>
    internal void OnLost(Flight flight)
    {
        _continueAt = long.MaxValue;
        OnFailed(flight, Outcome.Reset);
    }

    /// <summary>The connection of an attempt has something to read, or has ended.</summary>
    internal void OnReadable(Flight flight)
    {
        for (var reads = 0; flight is { IsOn: true, Upstream: { } upstream } && !IsPaused(flight); reads++)
        {
            if (reads == Connection.MostReads)
            {
                _services.Loop.Defer(upstream);
                return;
            }

            switch (upstream.Fill())
            {
                case Filled.More:
                    OnBytes(flight);
                    break;
                case Filled.Nothing:
                    return;
                case Filled.End:
                    OnUpstreamEnd(flight, isClean: true);
                    return;
                default:
                    OnUpstreamEnd(flight, isClean: false);
                    return;
            }
        }
    }

    /// <summary>The connection of an attempt has room again.</summary>
    internal void OnWritable(Flight flight)
    {
        if (flight.Upstream!.Flush() == Sent.All)
        {
            if (_tunnel is { } tunnel)
            {
                tunnel.OnUpstreamWritable();
            }
            else
            {
                PumpBody();
            }
        }
    }

    private void OnBytes(Flight flight)
    {
        if (flight == _relayed)
        {
            if (_tunnel is { } tunnel)
            {
                tunnel.OnUpstreamBytes();
            }
            else
            {
                _attempts.Moved(_services.Now);
                RelayBody(flight);
            }

            return;
        }

        while (flight is { IsOn: true, Upstream: { } upstream } && flight != _relayed)
        {
            switch (ResponseParser.Parse(upstream.Input, flight.Answer, Head.Method == "HEAD", Head.IsTunnel))
            {
                case ParseStatus.Incomplete:
                    return;
                case ParseStatus.Complete when flight.Answer.IsInformational:
                    upstream.Consume(flight.Answer.Length);
                    PassInformational(flight);
                    break;
                case ParseStatus.Complete:
                    upstream.Consume(flight.Answer.Length);
                    OnHead(flight);
                    return;
                default:
                    OnFailed(flight, Outcome.InvalidAnswer);
                    return;
            }

            if (upstream.Input.IsEmpty)
            {
                return;
            }
        }
    }

    private void PassInformational(Flight flight)
    {
        const int goOn = 100;
        var isTwice = flight.Answer.Status == goOn && _hasContinued;
        if (flight.Answer.Status == goOn)
        {
            (_hasContinued, _continueAt) = (true, long.MaxValue);
        }

        if (!isTwice)
        {
            _services.Output.Clear();
            AnswerWriter.WriteInformational(_services.Output, flight.Answer, Head);
            SendToClient(_services.Output.Written);
        }

        flight.Answer.Reset();
    }

    // The destination says nothing, and the client waits to be told.
    private void SendContinue()
    {
        _continueAt = long.MaxValue;
        if (!_hasContinued && !_hasAnswerBegun && !_isBodyWhole)
        {
            _hasContinued = true;
            SendToClient("HTTP/1.1 100 Continue\r\n\r\n"u8);
        }
    }

    private void OnHead(Flight flight)
    {
        var (answer, now) = (flight.Answer, _services.Now);
        if (answer.Body == AnswerBody.Chunked && new ChunkedReader(isAnswer: true).Pass(flight.Upstream!.Input, answer, out var valid, out _) == ChunkedStatus.Invalid && valid == 0)
        {
            // Nothing of the body can be passed on, and nothing of the head was yet.
            OnFailed(flight, Outcome.InvalidAnswer);
            return;
        }

        flight.Answered(now);
        var decision = _attempts.Head(flight.Slot, new AnswerHead(answer.Status, answer.RetryAfter(_services.UtcNow)), CanReplay, now, _services.Dice);
        if (decision.Act == Act.Relay)
        {
            Lose(decision.CancelMask);
            StartRelay(flight);
        }
        else
        {
            Follow(EndFlight(flight, flight.Result(Outcomes.OfStatus(answer.Status), answer.Status)));
        }
    }

    private void OnUpstreamEnd(Flight flight, bool isClean)
    {
        if (flight != _relayed)
        {
            // Not even a head, or not all of it.
            OnFailed(flight, Outcome.Reset);
        }
        else if (_tunnel is { } tunnel)
        {
            tunnel.OnUpstreamEnd(isClean);
        }
        else if (isClean && flight.Answer.Body == AnswerBody.UntilClose)
        {
            EndAnswer(flight);
        }
        else
        {
            EndFlight(flight, flight.Result(Outcome.AnswerBroken, flight.Answer.Status));
            BreakOff();
        }
    }

    private Decision EndFlight(Flight flight, in AttemptResult result)
    {
        var decision = _attempts.Ended(flight.Slot, result, CanReplay, _services.Now, _services.Dice);

        // The core has the last word on what it was: an attempt that was cancelled because its time was up ended by that.
        var outcome = _attempts.OutcomeOf(flight.Slot);
        var record = new AttemptRecord(_cluster!.Name, flight.Member, Head.Method, outcome, result.Status, flight.ElapsedAt(_services.Now));
        record.Count(_services.Engine.Metrics, _services.Engine.Http, !flight.HasAnswer ? null : flight.Answer.IsHttp10 ? "1.0" : "1.1", flight.Answer.Status);
        if (flight.Span is { } span)
        {
            record.End(span);
            Activity.Current = null;
        }

        if (_relayed is null || flight == _relayed)
        {
            _toConnection = flight.ToConnection;
        }

        flight.End();
        if (decision.Act == Act.Send)
        {
            ExchangeLog.TryingAgain(_services.Engine.Logger, record.Member.Name, outcome.Tag());
        }

        return decision;
    }
}
