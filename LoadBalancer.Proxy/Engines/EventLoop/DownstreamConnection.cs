using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What a client's connection is at.</summary>
internal enum DownstreamState : byte
{
    Reading,
    Busy,
    Flushing,
    Lingering,
    Closed,
}

/// <summary>The connection of a client.</summary>
/// <remarks>
/// <code>
///            a head begins: an exchange is rented; it is whole       the answer has gone, and the connection is kept
///  Reading ───────────────────────────────────────────────► Busy ─────────────────────────────────────────────────► Reading
///     │ nothing comes in time, or the end                    │  a refusal, or an answer after which it is closed
///     │                                                      ├─► Flushing ── the system has taken all of it ──┐
///     ▼                                                      │                                                ▼
///  Closed ◄──────────────────────────────────────────────────┴──────────────────────────────────────────── Lingering
///                the client has left (a reset)                   until the client closes, or for a few seconds
/// </code>
/// A client that finishes sending has not left: it is answered first. What it sends while a request of it is served waits in the system, so requests are answered in order.
/// </remarks>
internal sealed partial class DownstreamConnection : Connection
{
    private const long FreshFor = TimeSpan.TicksPerSecond;

    private readonly LoopServices _services;
    private readonly LimitOptions _limits;
    private readonly int _timer;
    private EventLoopExchange? _exchange;
    private DownstreamState _state;
    private bool _isPumping;
    private bool _isHeadTimed;
    private int _requests;

    /// <param name="services">What it is served by.</param>
    /// <param name="entry">Where it came in.</param>
    /// <param name="client">Its other end.</param>
    /// <param name="limits">What it may do.</param>
    public DownstreamConnection(LoopServices services, ListenerEntry entry, ClientText client, LimitOptions limits) : base(services.Loop)
    {
        (_services, Entry, Client, _limits) = (services, entry, client, limits);
        _timer = Loop.Timers.Rent(this);
    }

    /// <summary>Where it came in.</summary>
    public ListenerEntry Entry { get; }

    /// <summary>Its other end, or who a proxy in front says that it is.</summary>
    public ClientText Client { get; private set; }

    /// <summary>Whether the request that it brings now is the last that it may.</summary>
    public bool IsLastRequest => _requests >= (_limits.MaxRequestsPerConnection ?? int.MaxValue) || Closes;

    /// <summary>Whether the request that it brings now is its first.</summary>
    public bool IsFirstRequest => _requests == 1;

    /// <summary>Whether it is to be closed after its request: the proxy stops, or its listener is gone.</summary>
    public bool Closes => _services.IsStopping || Entry.IsClosed;

    /// <summary>Begins, once it is watched.</summary>
    public void Begin()
    {
        _awaitsIntroduction = MustBeIntroduced;
        SetTimer(_awaitsIntroduction ? _limits.RequestHeadTimeout : _limits.KeepAliveTimeout);
    }

    /// <inheritdoc />
    public override void OnEvents(int events)
    {
        Note(events);
        if ((events & (Syscalls.EventHangUp | Syscalls.EventError)) != 0 && !IsFinishedByBoth(events))
        {
            OnLeft();
            return;
        }

        switch (_state)
        {
            case DownstreamState.Reading:
                Pump();
                break;
            case DownstreamState.Busy:
                OnBusy(events);
                break;
            case DownstreamState.Flushing when (events & Syscalls.EventOut) != 0:
                AfterFlush(Flush());
                break;
            case DownstreamState.Lingering:
                Linger();
                break;
        }
    }

    /// <inheritdoc />
    public override void OnTimer()
    {
        switch (_state)
        {
            case DownstreamState.Reading when _exchange is { } slow:
                // A head has begun and does not come to its end. Whoever sends a byte now and then would keep the connection for ever.
                _state = DownstreamState.Busy;
                slow.Head.Reset();
                slow.RefuseHead(this, Refusal.ClientTooSlow);
                break;
            case DownstreamState.Busy or DownstreamState.Closed:
                break;
            case DownstreamState.Reading when _awaitsIntroduction:
                RefuseIntroduction();
                break;
            case DownstreamState.Reading when HasInput():
                // A request has come since the system was asked in this turn; the next one tells of it.
                SetTimer(_limits.KeepAliveTimeout);
                break;
            default:
                // It brings nothing, or does not take what it gets: nothing tells it any more.
                Close();
                break;
        }
    }

    /// <inheritdoc />
    public override void Abort()
    {
        try
        {
            if (_exchange is { } exchange && _state == DownstreamState.Busy)
            {
                exchange.Abort();
            }
        }
        finally
        {
            // What failed may fail again. The connection is closed all the same.
            Close();
        }
    }

    /// <summary>Closes it if it waits for a request. One that has just been accepted has a moment to bring its first.</summary>
    public void CloseIfIdle()
    {
        if (_state != DownstreamState.Reading || _exchange is not null || HasInput())
        {
            return;
        }

        if (_requests == 0)
        {
            SetTimer(FreshFor);
        }
        else
        {
            Close();
        }
    }

    /// <inheritdoc />
    protected override bool AwaitsHead => _state == DownstreamState.Reading;

    /// <inheritdoc />
    protected override void OnQueueSent()
    {
        switch (_state)
        {
            case DownstreamState.Flushing:
                AfterFlush(Sent.All);
                break;
            case DownstreamState.Busy:
                _exchange!.OnAnswerSent();
                break;
        }
    }

    /// <inheritdoc />
    protected override void OnFlushed(Sent sent, bool isLost)
    {
        switch (_state)
        {
            case DownstreamState.Flushing:
                AfterFlush(sent);
                break;
            case DownstreamState.Busy when sent == Sent.Broken:
                _exchange!.OnClientLeft();
                break;
            case DownstreamState.Busy:
                _exchange!.OnClientWritable();
                break;
        }
    }

    private bool HasInput() => !Input.IsEmpty || IsReadable || Syscalls.Peek(Descriptor) > 0;

    private void Pump()
    {
        _isPumping = true;
        try
        {
            while (_state == DownstreamState.Reading)
            {
                if (!TryRead())
                {
                    return;
                }
            }
        }
        finally
        {
            _isPumping = false;
        }
    }

    // False when there is nothing more to do for now.
    private bool TryRead()
    {
        if (Input.IsEmpty || _exchange is not null || _awaitsIntroduction)
        {
            switch (Fill())
            {
                case Filled.Nothing:
                    return false;
                case Filled.End or Filled.Broken:
                    // Half a head is no request, and nobody waits for an answer to it.
                    Close();
                    return false;
            }
        }

        if (_awaitsIntroduction)
        {
            return TakeIntroduction();
        }

        var exchange = _exchange ??= _services.Rent();
        switch (RequestParser.Parse(Input, exchange.Head, _limits))
        {
            case ParseStatus.Incomplete:
                if (!_isHeadTimed)
                {
                    _isHeadTimed = true;
                    SetTimer(_limits.RequestHeadTimeout);
                }

                break;
            case ParseStatus.Complete:
                Consume(exchange.Head.Length);
                (_state, _isHeadTimed) = (DownstreamState.Busy, false);
                _requests++;
                exchange.Begin(this);
                break;
            case ParseStatus.Http2Preface:
                (_state, _isHeadTimed) = (DownstreamState.Busy, false);
                exchange.RefuseHttp2(this);
                break;
            default:
                (_state, _isHeadTimed) = (DownstreamState.Busy, false);
                exchange.RefuseHead(this, exchange.Head.Fault!);
                break;
        }

        return true;
    }

    private void OnBusy(int events)
    {
        var exchange = _exchange!;
        if ((events & Syscalls.EventOut) != 0 && Unsent > 0)
        {
            exchange.OnClientWritable();
        }

        if (IsReadable && _exchange == exchange && _state == DownstreamState.Busy)
        {
            exchange.OnClientReadable();
        }
    }

    // Of a tunnel, both sides may have said that they send no more. There may still be something to read.
    private bool IsFinishedByBoth(int events) => (events & Syscalls.EventError) == 0 && _exchange is { IsTunnel: true };

    private void OnLeft()
    {
        if (_exchange is { } exchange && _state == DownstreamState.Busy)
        {
            exchange.OnClientLeft();
        }
        else
        {
            Close();
        }
    }

    private void SetTimer(TimeSpan span) => SetTimer(span.Ticks);

    private void SetTimer(long ticks) => Loop.Timers.Set(_timer, EventLoop.MillisecondOf(Loop.Now + ticks));

    private void Close()
    {
        if (_state == DownstreamState.Closed)
        {
            return;
        }

        if (_exchange is { } exchange && _state == DownstreamState.Reading)
        {
            // A head that was not whole: nothing was begun.
            exchange.Discard();
        }

        _exchange = null;

        _state = DownstreamState.Closed;
        Loop.Timers.Return(_timer);
        CloseSocket();
        _services.Count(-1);
        _services.Engine.Budget.Closed();
    }
}
