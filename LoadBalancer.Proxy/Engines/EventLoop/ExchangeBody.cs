using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The body of the request, over all attempts.</summary>
/// <remarks>
/// That of a request that may be repeated is remembered from its beginning, up to a limit: each attempt gets it from there. What is longer streams on, and cannot be sent again.
/// That of any other goes from the client's buffer straight to the destination, and can be sent to another only as long as nothing of it was.
/// </remarks>
internal sealed partial class EventLoopExchange
{
    /// <summary>How much is remembered, in bytes.</summary>
    public const int MostRemembered = 64 * 1024;

    private ChunkedReader _chunks;
    private byte[]? _memory;
    private int _remembered;
    private long _bodyLeft;
    private long _bodyLimit;
    private Refusal? _fault;
    private bool _isRemembering;
    private bool _isBodyTaken;
    private bool _isBodyWhole;

    private bool HasBody => Head.Body != RequestBody.None;

    private bool CanReplay => _fault is null && (!HasBody || _isRemembering || !_isBodyTaken);

    private bool IsWholeForReplay => !HasBody || (_isRemembering && _isBodyWhole && CanReplay);

    // Whether the destination takes what the client does not send.
    private bool IsWaitingForClient => !_isBodyWhole && _current is { IsOn: true, TakesBody: true };

    // Memory has room for all that is there, or the destination takes it.
    private bool MayTakeBody => _fault is null
        && ((_isRemembering && _remembered + Math.Max(_client!.Input.Length, 1) <= MostRemembered) || (_current is { IsOn: true, TakesBody: true } flight && flight.Position == _remembered));

    /// <summary>The client has sent something, or has finished sending.</summary>
    public void OnClientReadable()
    {
        if (_tunnel is { } tunnel)
        {
            tunnel.OnClientReadable();
        }
        else if (!_isAwaitingAccess)
        {
            PumpBody();
        }
    }

    /// <summary>The head of the request, which was queued, has gone: its body may follow.</summary>
    internal void OnHeadSent()
    {
        if (HasBody)
        {
            PumpBody();
        }
    }

    private void BeginBody()
    {
        _isBodyWhole = Head.Body == RequestBody.None || (Head.Body == RequestBody.Length && Head.ContentLength == 0);
        _isRemembering = !_isBodyWhole && IsIdempotent && !Head.IsTunnel;
        (_bodyLeft, _bodyLimit, _chunks) = (Head.ContentLength, long.MaxValue, default);
        (_isBodyTaken, _fault, _hasContinued) = (false, null, false);
    }

    private void ReturnMemory()
    {
        if (_memory is { } memory)
        {
            _services.Loop.Buffers.Return(memory);
        }

        (_memory, _remembered) = (null, 0);
    }

    // The head, and in the same call what there is of the body.
    private Sent SendWithBody(Flight flight, OutputBuffer head)
    {
        var upstream = flight.Upstream!;
        if (_isRemembering && _remembered == 0 && !_client!.Input.IsEmpty && _client.Input.Length <= MostRemembered)
        {
            TakeBody();
        }

        ReadOnlySpan<byte> body = _memory.AsSpan(0, _remembered);
        var (chunks, left, isWhole) = (_chunks, _bodyLeft, _isBodyWhole);
        var (pass, drop) = (0, 0);
        if (!_isRemembering && !_isBodyWhole && _fault is null && flight == _current)
        {
            pass = Frame(_client!.Input, out drop);
            body = _client.Input[..pass];
        }

        // What is passed on straight from the client cannot be taken back when it turns out later that it was not sent.
        var sent = upstream.Send(head, body, mayQueue: pass == 0);
        if (sent == Sent.Broken)
        {
            (_chunks, _bodyLeft, _isBodyWhole, _fault) = (chunks, left, isWhole, null);
            return sent;
        }

        (flight.IsHeadSent, flight.Position) = (true, _remembered);
        _isBodyTaken |= pass > 0;
        _client!.Consume(pass + drop);
        return sent;
    }

    private void PumpBody()
    {
        var (needsMore, reads) = (false, 0);
        while (IsActive && !_isBodyWhole && MayTakeBody)
        {
            if (needsMore || _client!.Input.IsEmpty)
            {
                if (++reads > Connection.MostReads)
                {
                    _services.Loop.Defer(_client!);
                    return;
                }

                switch (_client!.Fill())
                {
                    case Filled.Nothing:
                        return;
                    case Filled.End or Filled.Broken:
                        // The request will never be whole.
                        OnClientLeft();
                        return;
                }

                if (!MayTakeBody)
                {
                    return;
                }
            }

            needsMore = !TakeBody();
            SendMemory();
        }

        if (IsActive && _fault is not null)
        {
            OnFault();
        }
        else if (IsActive)
        {
            SendMemory();
        }
    }

    // Takes what there is off the client, to memory or on to the destination. False when more has to come before anything can be done with it.
    private bool TakeBody()
    {
        var input = _client!.Input;
        var pass = Frame(input, out var drop);
        if (pass > 0)
        {
            if (_isRemembering && _remembered + pass <= MostRemembered)
            {
                Remember(input[..pass]);
            }
            else
            {
                (_isRemembering, _isBodyTaken) = (false, true);
                ReturnMemory();
                _current!.Position = 0;
                _current.Upstream!.Send(input[..pass]);
            }

            _attempts.Moved(_services.Now);
            if (_attempts.MayHedge)
            {
                Arm();
            }
        }

        _client.Consume(pass + drop);
        return pass + drop > 0;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_memory is null || _remembered + bytes.Length > _memory.Length)
        {
            var larger = _services.Loop.Buffers.Rent(Math.Min(MostRemembered, Math.Max(4096, (_remembered + bytes.Length) * 2)));
            _memory.AsSpan(0, _remembered).CopyTo(larger);
            if (_memory is { } before)
            {
                _services.Loop.Buffers.Return(before);
            }

            _memory = larger;
        }

        bytes.CopyTo(_memory.AsSpan(_remembered));
        _remembered += bytes.Length;
    }

    private void SendMemory()
    {
        if (_current is { IsOn: true, TakesBody: true } flight && flight.Position < _remembered)
        {
            flight.Upstream!.Send(_memory.AsSpan(flight.Position, _remembered - flight.Position));
            flight.Position = _remembered;
        }
    }

    // How many of the next bytes are of the body and go on, and how many after them stay behind.
    private int Frame(ReadOnlySpan<byte> bytes, out int drop)
    {
        drop = 0;
        if (Head.Body == RequestBody.Length)
        {
            var some = (int)Math.Min(_bodyLeft, bytes.Length);
            _bodyLeft -= some;
            _isBodyWhole = _bodyLeft == 0;
            return some;
        }

        var status = _chunks.Pass(bytes, Head, out var pass, out drop);
        if (status == ChunkedStatus.Invalid || _chunks.Announced > _bodyLimit)
        {
            _fault = status == ChunkedStatus.Invalid ? Refusal.BadRequest : Refusal.BodyTooLarge;
            drop = 0;
            return 0;
        }

        _isBodyWhole = status == ChunkedStatus.Whole;
        return pass;
    }

    // The body is none, or longer than it may be.
    private void OnFault()
    {
        var fault = _fault!;
        if (_relayed is { IsOn: true } relayed)
        {
            EndFlight(relayed, relayed.Result(Outcome.BadRequest, fault.Status));
            BreakOff();
        }
        else if (_current is { IsOn: true } current)
        {
            Follow(EndFlight(current, current.Result(Outcome.BadRequest, fault.Status)));
        }
        else
        {
            Refuse(fault, RequestOutcome.BadRequest);
        }
    }
}
