using System.Net.Sockets;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Connections.Features;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange from the head of the answer on: what becomes of the answer, and what is told of it.</summary>
internal sealed partial class Exchange
{
    private Exception? _broken;
    private bool _isWhole;
    private volatile bool _isClientsTurn;

    /// <summary>Whether the answer has broken off; its stream then has no more bytes.</summary>
    public bool IsBroken => _broken is not null;

    /// <summary>Cancels the reading of the answer when the client leaves or time is up.</summary>
    public CancellationToken Relaying => _relayed!.Token;

    /// <summary>A piece of the answer came, or its end: it is for the client to take what there is.</summary>
    public void Received()
    {
        OnMoved();
        _isClientsTurn = true;
    }

    /// <summary>The client has taken it: it is for the destination to go on.</summary>
    public void Passed()
    {
        if (_isClientsTurn)
        {
            _isClientsTurn = false;
            OnMoved();
        }
    }

    /// <summary>The answer has broken off.</summary>
    public void Break(Exception cause)
    {
        _broken ??= cause;
        _relayed!.Cancel();
    }

    /// <summary>The answer opens a tunnel, which may have to be closed before its time.</summary>
    public void FollowTunnel(HttpResponseMessage answer)
    {
        if (_services.Tunnels is { } tunnels)
        {
            answer.Content = tunnels.Follow(answer.Content, _relayed!.Member.Destination, Pass);
        }
    }

    /// <summary>The whole answer has gone to the client.</summary>
    public void Complete() => (_isWhole, _isClientsTurn) = (true, false);

    /// <summary>The forwarder has finished with the request.</summary>
    public async ValueTask EndAsync(ForwarderError error)
    {
        if (_broken is not null)
        {
            // Whatever of the body is still on its way has nowhere to go.
            _relayed?.Cancel();
        }

        if (_body is { } body)
        {
            await body.DisposeAsync();
        }

        await EndLosersAsync();
        if (_relayed is { } relayed)
        {
            EndAttempt(relayed, JudgeAnswer(relayed, error));
            Outcome = _attempts.EndedIn;
            Refusal = _attempts.LastOutcome switch
            {
                Http.Outcome.Success or Http.Outcome.ServerError or Http.Outcome.ClientLeft => null,
                Http.Outcome.Timeout => Refusal.DestinationTooSlow,
                Http.Outcome.BadRequest => Refusal.ForBadRequest(_body!.FaultStatus),
                _ => Refusal.DestinationFailed,
            };
        }
        else if (Refusal is null && Outcome != RequestOutcome.ClientLeft)
        {
            if (WasSent)
            {
                throw new InvalidOperationException("The attempts came to no end.", Context.Features.Get<IForwarderErrorFeature>()?.Exception);
            }

            // The forwarder could not make a request of it that can be sent on.
            Refuse(Refusal.BadRequest, RequestOutcome.BadRequest);
        }
    }

    /// <summary>Waits for the attempts that have lost. The web server may not have its request back before: they still read of it.</summary>
    private async ValueTask EndLosersAsync()
    {
        for (var slot = 0; slot < Attempts.Slots; slot++)
        {
            if (_flights[slot]?.Sending is { IsCompletedSuccessfully: false } sending)
            {
                await sending;
            }
        }
    }

    /// <summary>Lets go of everything, and tells what became of the request. The last call, whatever happened.</summary>
    public void Finish()
    {
        _abortion.Dispose();
        lock (_lock)
        {
            _attempts.Abandon(_services.Now);
            if (_timer is { } timer)
            {
                _timer = null;
                _services.Timers.Return(timer);
            }
        }

        for (var slot = 0; slot < Attempts.Slots; slot++)
        {
            ProxyActivities.EndAttempt(_flights[slot]?.Span, Http.Outcome.Cancelled.Tag(), failed: false, status: null);
        }

        _overload?.End();
        SendCopy();
        var record = new RequestRecord(
            Route?.Name, Cluster?.Name, _attempts.Last?.Name, Outcome, Context.Response.StatusCode, _attempts.Count, _services.Now - _started);
        record.Count(_services.Metrics, ReferenceEquals(Refusal, Refusal.Overloaded) ? Cluster : null);
        record.End(Activity);
        if (_services.AccessLog is { IsOn: true } log)
        {
            WriteLine(log, record);
        }

        if (_services.Logger.IsEnabled(LogLevel.Debug))
        {
            ExchangeLog.Served(
                _services.Logger, Context.Request.Method, Context.Request.Path, record.Destination ?? "-", record.Status, (double)record.Elapsed / TimeSpan.TicksPerMillisecond);
        }

        _services.Http.Ended(Context.Request.Method, Context.Request.IsHttps, Context.Request.Protocol, record.Status, record.Elapsed);
    }

    private AttemptResult JudgeAnswer(Flight relayed, ForwarderError error)
    {
        var status = AnswerJudge.StatusOf(relayed.Answer!);
        var outcome = _isWhole ? Outcomes.OfStatus(status)
            : (IsBroken || error != ForwarderError.None) && HasClientLeft() ? Http.Outcome.ClientLeft
            : !IsBroken ? AnswerJudge.ClassifyTunnel(error)
            : relayed.IsGivenUp ? Http.Outcome.Cancelled
            : _body is { Fault: not null } ? Http.Outcome.BadRequest
            : Http.Outcome.AnswerBroken;
        return relayed.Result(outcome, outcome == Http.Outcome.BadRequest ? _body!.FaultStatus : status, _isWhole);
    }

    private bool HasClientLeft() =>
        _hasClientStalled || Context.RequestAborted.IsCancellationRequested || (_body is { Fault: not null } && IsClosed(Context.Features.Get<IConnectionSocketFeature>()?.Socket));

    // Who reads the body learns of the connection's end a moment before the web server says so. The socket knows already.
    private static bool IsClosed(Socket? socket)
    {
        try
        {
            return socket is not null && socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            return true;
        }
    }
}
