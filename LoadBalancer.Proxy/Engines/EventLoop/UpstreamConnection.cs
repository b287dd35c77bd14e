using System.Net;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>A connection to a destination.</summary>
/// <remarks>
/// <code>
/// Connecting ── made ──► Busy ── its answer has ended, and it may serve another ──► Idle
///     │                   │ ▲                                                        │ │
///     │ refused, abandoned│ └───────────────────────── taken for a request ──────────┘ │ anything comes, or its time is up
///     └──────► closed ◄───┴────────────────────────────────────────────────────────────┘
/// </code>
/// </remarks>
internal sealed class UpstreamConnection : Connection
{
    private readonly UpstreamPool _pool;
    private readonly int _timer;

    public UpstreamConnection(EventLoop loop, UpstreamPool pool, IPAddress address) : base(loop)
    {
        (_pool, Address) = (pool, address);
        MadeAt = loop.Now;
        _timer = loop.Timers.Rent(this);
    }

    /// <summary>The address that it goes to.</summary>
    public IPAddress Address { get; }

    /// <summary>When it was made.</summary>
    public long MadeAt { get; }

    /// <summary>Since when it is idle.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Which of the pool's generations it belongs to: those of an earlier one go to addresses that the name no longer stands for.</summary>
    public int Generation { get; init; }

    /// <summary>Who is served by it; null when nobody is.</summary>
    public Flight? Flight { get; set; }

    /// <summary>Where it has a place among those that there may be; null where there is no limit.</summary>
    public ConnectionPlaces? Places { get; set; }

    /// <summary>The header of the PROXY protocol that it began with, by which it is one client's; null where it is anyone's.</summary>
    public byte[]? ProxyHeader { get; set; }

    /// <summary>What makes it; null when it is made.</summary>
    public UpstreamConnect? Connecting { get; set; }

    internal UpstreamConnection? Previous { get; set; }

    internal UpstreamConnection? Next { get; set; }

    internal bool IsIdle { get; private set; }

    /// <inheritdoc />
    protected override bool AwaitsHead => Connecting is null && Flight is { HasAnswer: false };

    /// <inheritdoc />
    public override void OnEvents(int events)
    {
        if (Connecting is { } connect)
        {
            // Room to write says that it is made; whatever else there is to say comes with an error.
            if ((events & (Syscalls.EventOut | Syscalls.EventError | Syscalls.EventHangUp)) != 0)
            {
                Note(events);
                connect.OnEnded(this, Syscalls.ErrorOf(Descriptor));
            }

            return;
        }

        Note(events);
        if (Flight is { } flight)
        {
            if ((events & Syscalls.EventOut) != 0 && Unsent > 0)
            {
                flight.OnWritable();
            }

            // It may have lost this flight, and another may have taken it up.
            if (IsReadable && Flight == flight)
            {
                flight.OnReadable();
            }
        }
        else if (IsReadable)
        {
            // Nobody has asked for anything. It is the end, or an answer that would be taken for that to the next request.
            Close();
        }
    }

    /// <inheritdoc />
    public override void OnTimer()
    {
        if (IsIdle)
        {
            Close();
        }
    }

    /// <inheritdoc />
    public override void Abort()
    {
        if (Flight is { } flight)
        {
            flight.OnDefect();
        }

        Close();
    }

    /// <inheritdoc />
    protected override void OnQueueSent() => Flight?.OnHeadSent();

    /// <inheritdoc />
    protected override void OnFlushed(Sent sent, bool isLost)
    {
        if (isLost)
        {
            Flight?.OnLost();
        }
        else if (sent == Sent.All)
        {
            Flight?.OnWritable();
        }
    }

    /// <summary>It may serve another request, and goes back to where it came from.</summary>
    public void Return(HttpClientOptions options) => _pool.Return(this, options);

    /// <summary>Closes it.</summary>
    public void Close()
    {
        if (IsOpen)
        {
            if (IsIdle)
            {
                _pool.Forget(this);
            }

            Flight = null;
            Loop.Timers.Return(_timer);
            CloseSocket();
            _pool.OnClosed();
            Places?.Leave();
            Places = null;
        }
    }

    /// <summary>It waits for another request, for so long.</summary>
    internal void BeginIdle(long until)
    {
        (IsIdle, IdleSince, Flight) = (true, Loop.Now, null);
        Loop.Timers.Set(_timer, EventLoop.MillisecondOf(until));
    }

    /// <summary>It has got one. Its timer is left as it is, and finds it busy.</summary>
    internal void EndIdle() => IsIdle = false;
}
