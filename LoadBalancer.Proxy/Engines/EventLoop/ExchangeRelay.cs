using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange from the head of the answer on. While the client does not take what was sent, nothing more is read from the destination.</summary>
internal sealed partial class EventLoopExchange
{
    private const int SwitchingProtocols = 101;

    private AnswerPlan _plan;
    private ChunkedReader _answerChunks;
    private Tunnel? _tunnel;
    private long _answerLeft;
    private bool _isAnswerWhole;
    private bool _isAnswerDropped;

    /// <summary>The client takes more again.</summary>
    public void OnClientWritable()
    {
        var sent = _client!.Flush();
        if (sent == Sent.Broken)
        {
            OnClientLeft();
            return;
        }

        _attempts.Moved(_services.Now);
        Arm();
        if (sent == Sent.Some)
        {
            return;
        }

        if (_tunnel is { } tunnel)
        {
            tunnel.OnClientWritable();
        }
        else
        {
            OnAnswerSent();
        }
    }

    /// <summary>The client was sent what was queued for it.</summary>
    public void OnAnswerSent()
    {
        if (_isAnswerWhole)
        {
            Complete();
        }
        else if (_relayed is { } relayed)
        {
            OnReadable(relayed);
        }
    }

    private bool IsPaused(Flight flight) => flight == _relayed && (_tunnel?.IsPaused ?? _client!.HasUnsent);

    private void StartRelay(Flight flight)
    {
        var (answer, output) = (flight.Answer, _services.Output);
        _relayed = flight;
        _toFirstByte = _services.Now - _started;
        (_hasAnswerBegun, _status, _continueAt) = (true, answer.Status, long.MaxValue);
        (_answerLeft, _answerChunks, _isAnswerWhole) = (answer.ContentLength, new ChunkedReader(isAnswer: true), false);
        var (cookie, header, id) = SessionOf(flight);
        output.Clear();
        _plan = AnswerWriter.Write(output, answer, Head, new AnswerContext
        {
            Date = _services.Date,
            Closes = !Head.IsTunnel && (_closes || _client!.Closes),
            SetCookie = cookie,
            SessionHeader = header,
            SessionId = id,
            Changes = _changes,
        });
        if (answer.Status == SwitchingProtocols)
        {
            BeginTunnel(flight);
        }
        else
        {
            Arm();
            RelayBody(flight, withHead: true);
        }
    }

    private (string? Cookie, string? Header, string? Id) SessionOf(Flight flight)
    {
        var fate = _attempts.Session;
        if (fate == SessionFate.None)
        {
            return default;
        }

        _services.Engine.Metrics.SessionServed(_cluster!.Name, fate.Tag());
        if (fate == SessionFate.Kept)
        {
            return default;
        }

        var (sessions, destination) = (_cluster.Sessions!, flight.Member.Destination);
        return sessions.Options.Policy == SessionAffinityPolicy.CustomHeader
            ? (null, sessions.Name, sessions.IdOf(destination))
            : (SessionCookie.Of(sessions, destination, ClientScheme() == "https", _services.UtcNow), null, null);
    }

    // Sends what there is of the answer, on the first call with its head.
    private void RelayBody(Flight flight, bool withHead = false)
    {
        var (upstream, output) = (flight.Upstream!, _services.Output);
        if (!withHead)
        {
            output.Clear();
        }

        var isWhole = false;
        switch (_plan.Relay)
        {
            case BodyRelay.Nothing:
                isWhole = true;
                _isAnswerDropped = TryDrop(flight);
                SendAnswer([]);
                break;
            case BodyRelay.AsIs:
                var isCounted = flight.Answer.Body == AnswerBody.Length;
                var some = isCounted ? (int)Math.Min(_answerLeft, upstream.Input.Length) : upstream.Input.Length;
                _answerLeft -= some;
                _passed += some;
                isWhole = isCounted && _answerLeft == 0;
                SendAnswer(upstream.Input[..some]);
                upstream.Consume(some);
                break;
            case BodyRelay.Chunks:
                isWhole = PassChunks(flight);
                break;
            case BodyRelay.ToChunks:
                MakeChunk(upstream);
                break;
            case BodyRelay.FromChunks:
                isWhole = UnwrapChunks(flight);
                break;
        }

        if (isWhole && IsActive)
        {
            EndAnswer(flight);
        }
    }

    // Whether what the client does not get is there already, as a rule nothing, and the connection can be used again.
    private bool TryDrop(Flight flight)
    {
        var upstream = flight.Upstream!;
        switch (flight.Answer.Body)
        {
            case AnswerBody.Length when _answerLeft <= upstream.Input.Length:
                upstream.Consume((int)_answerLeft);
                return true;
            case AnswerBody.Chunked:
                ChunkedStatus status;
                do
                {
                    status = _answerChunks.Unwrap(upstream.Input, out var drop, out var pass);
                    upstream.Consume(drop + pass);
                    if (drop + pass == 0)
                    {
                        break;
                    }
                }
                while (status == ChunkedStatus.Open);
                return status == ChunkedStatus.Whole;
            default:
                return flight.Answer.Body == AnswerBody.None;
        }
    }

    private bool PassChunks(Flight flight)
    {
        var (upstream, output) = (flight.Upstream!, _services.Output);
        while (true)
        {
            var status = _answerChunks.Pass(upstream.Input, flight.Answer, out var pass, out var drop);
            SendAnswer(upstream.Input[..pass]);
            if (!IsActive)
            {
                return false;
            }

            output.Clear();
            upstream.Consume(pass + drop);
            if (status != ChunkedStatus.Open)
            {
                return status == ChunkedStatus.Whole || Break(flight);
            }

            if (drop == 0 || upstream.Input.IsEmpty)
            {
                return false;
            }
        }
    }

    private bool UnwrapChunks(Flight flight)
    {
        var (upstream, output) = (flight.Upstream!, _services.Output);
        while (true)
        {
            var status = _answerChunks.Unwrap(upstream.Input, out var drop, out var pass);
            output.Write(upstream.Input.Slice(drop, pass));
            _passed += pass;
            upstream.Consume(drop + pass);
            if (status == ChunkedStatus.Open && drop + pass > 0)
            {
                continue;
            }

            SendAnswer([]);
            return IsActive && status != ChunkedStatus.Open && (status == ChunkedStatus.Whole || Break(flight));
        }
    }

    private void MakeChunk(UpstreamConnection upstream)
    {
        var output = _services.Output;
        if (!upstream.Input.IsEmpty)
        {
            Span<byte> line = stackalloc byte[ChunkedWriter.MostLine];
            output.Write(line[..ChunkedWriter.Begin(upstream.Input.Length, line)]);
            output.Write(upstream.Input);
            output.Write(ChunkedWriter.EndOfChunk);
            _passed += upstream.Input.Length;
            upstream.Consume(upstream.Input.Length);
        }

        SendAnswer([]);
    }

    // The answer is not what its head said.
    private bool Break(Flight flight)
    {
        EndFlight(flight, flight.Result(Outcome.AnswerBroken, flight.Answer.Status));
        BreakOff();
        return false;
    }

    // The destination has sent all of it. Its connection is free while the client still takes the rest.
    private void EndAnswer(Flight flight)
    {
        var (upstream, answer) = (flight.Upstream!, flight.Answer);
        if (_plan.Relay == BodyRelay.ToChunks)
        {
            SendToClient(ChunkedWriter.End);
            if (!IsActive)
            {
                return;
            }
        }

        flight.Upstream = null;
        if (answer.KeepsAlive && _isBodyWhole && answer.Body != AnswerBody.UntilClose && (_plan.Relay != BodyRelay.Nothing || _isAnswerDropped))
        {
            upstream.Return(_cluster!.Options.HttpClient);
        }
        else
        {
            upstream.Close();
        }

        _isAnswerWhole = true;
        if (!_client!.HasUnsent)
        {
            Complete();
        }
        else if (!_client.IsQueued)
        {
            Arm();
        }
    }

    // What is written, and bytes of the destination behind it.
    private void SendAnswer(ReadOnlySpan<byte> bytes)
    {
        if (_services.Output.Length + bytes.Length > 0)
        {
            AfterSending(_client!.Send(_services.Output, bytes, mayQueue: true));
        }
    }

    private void SendToClient(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            AfterSending(_client!.Send(bytes));
        }
    }

    private void AfterSending(Sent sent)
    {
        if (sent == Sent.Broken)
        {
            OnClientLeft();
        }
    }
}
