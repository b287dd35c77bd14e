using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>One request on its way: it does what <see cref="Attempts"/> says, and tells it what happens. It is used again for other requests, with its memory.</summary>
/// <remarks>
/// <code>
/// Begin:    screen, match, limits          ── Refuse, OPTIONS, redirect: answered here ──────────────────┐
///           Attempts.Next                                                                                 │
/// Follow:   Send     Launch: a pooled connection, or one is made; head and body in one send               │
///           Wait     the timer, or a place                                                                │
///           Refuse   the refusal ─────────────────────────────────────────────────────────────────────────┤
/// OnHead:   Attempts.Head: Relay, or Discard and then Ended                                               │
/// Relay:    the answer as it comes, paused while the client does not take it                              │
/// Complete: the client has taken all of it: Attempts.Ended: Done                                          │
/// Finish:   Attempts.Abandon, the record to metrics, span and log; the connection reads on, or closes ◄───┘
/// </code>
/// Everything happens on the thread of its loop.
/// </remarks>
internal sealed partial class EventLoopExchange : Timed
{
    private const int ClientClosedRequest = 499;

    // What a client of HTTP/2 understands: a connection has to begin with SETTINGS (RFC 9113, 3.4), and GOAWAY says that none of its requests was served, for HTTP_1_1_REQUIRED (7).
    private static ReadOnlySpan<byte> Http2Refusal => [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xd];

    private readonly LoopServices _services;
    private readonly Flight[] _flights;
    private readonly Waiter _waiter;
    private readonly int _timer;

    private DownstreamConnection? _client;
    private Attempts _attempts;
    private RouteTable? _routes;
    private Route? _route;
    private Cluster? _cluster;
    private RouteChanges? _changes;
    private Activity? _activity;
    private Flight? _current;
    private Flight? _relayed;
    private Refusal? _refusal;
    private RequestOutcome _outcome;
    private Decision? _queued;
    private bool _isFollowing;
    private bool _hasAnswerBegun;
    private bool _closes;
    private int _status;
    private long _started;
    private long _continueAt;

    public EventLoopExchange(LoopServices services)
    {
        _services = services;
        _flights = [new Flight(this, 0), new Flight(this, 1)];
        _waiter = new Waiter(this);
        _timer = services.Loop.Timers.Rent(this);
    }

    /// <summary>The head of its request.</summary>
    public RequestHead Head { get; } = new();

    private bool IsIdempotent => RetryPolicy.IsIdempotent(Head.Method);

    private bool IsActive => _client is not null;

    /// <summary>The head is whole.</summary>
    public void Begin(DownstreamConnection client)
    {
        Start(client);
        _activity = BeginActivity();
        if (_routes!.Overload is { } overload && !IsLetIn(overload))
        {
            return;
        }

        if (Head.IsForProxy(out var refusal))
        {
            if (refusal is null)
            {
                AnswerOptions();
            }
            else
            {
                Refuse(refusal, RequestOutcome.Refused);
            }
        }
        else if (Match())
        {
            Follow(_attempts.Next(_services.Now, _services.Dice));
        }
    }

    /// <summary>The head is none, or did not come in time.</summary>
    public void RefuseHead(DownstreamConnection client, Refusal refusal)
    {
        Start(client);
        _isBodyWhole = false;
        Refuse(refusal, RequestOutcome.Refused);
    }

    /// <summary>The client speaks HTTP/2, and is told in it to speak HTTP/1.1.</summary>
    public void RefuseHttp2(DownstreamConnection client)
    {
        Start(client);
        (_isBodyWhole, _outcome, _status) = (false, RequestOutcome.Refused, Refusal.UnknownVersion.Status);
        Finish(client.Send(Http2Refusal) == Sent.Broken ? ConnectionEnd.Abort : ConnectionEnd.Linger);
    }

    /// <summary>Nothing comes of the head that had begun.</summary>
    public void Discard()
    {
        Head.Reset();
        _services.Return(this);
    }

    /// <summary>It is not used any more.</summary>
    public void Drop() => _services.Loop.Timers.Return(_timer);

    /// <summary>The client has left.</summary>
    public void OnClientLeft()
    {
        EndAll(Outcome.ClientLeft);
        _outcome = RequestOutcome.ClientLeft;
        if (!_hasAnswerBegun)
        {
            _status = ClientClosedRequest;
        }

        Finish(ConnectionEnd.Abort);
    }

    /// <inheritdoc />
    public override void OnTimer()
    {
        if (!IsActive)
        {
            return;
        }

        if (_services.Now >= _continueAt)
        {
            SendContinue();
        }

        if (IsActive && _services.Now >= _attempts.WakeAt)
        {
            Wake();
        }
        else
        {
            Arm();
        }
    }

    /// <inheritdoc />
    public override void Abort()
    {
        if (IsActive)
        {
            EndAll(Outcome.Cancelled);
            (_outcome, _status) = (RequestOutcome.Defect, _hasAnswerBegun ? _status : Refusal.Defect.Status);
            Finish(ConnectionEnd.Abort);
        }
    }

    private void Start(DownstreamConnection client)
    {
        _client = client;
        _routes = _services.Engine.Router.Current;
        _started = _services.Now;
        _closes = client.IsLastRequest && !Head.IsTunnel;
        _continueAt = long.MaxValue;
        _outcome = RequestOutcome.Defect;
        (_isAwaitingAccess, _user) = (false, null);
        _turn++;
        Head.Identify(_services.Random);
        _services.Engine.Http.Began(Head.Method, isTls: false);
        BeginBody();
        BeginLog();
    }

    // A loop, not a recursion: a destination that refuses at once leads to the next decision, and there may be hundreds of them.
    private void Follow(Decision next)
    {
        if (_isFollowing)
        {
            _queued = next;
            return;
        }

        _isFollowing = true;
        for (Decision? decision = next; decision is { } now; (decision, _queued) = (_queued, null))
        {
            Lose(now.CancelMask);
            switch (now.Act)
            {
                case Act.Send:
                    Launch(now);
                    break;
                case Act.Refuse:
                    _isFollowing = false;
                    Refuse(now.Refusal!, _attempts.EndedIn);
                    return;
                case Act.Done:
                    _isFollowing = false;
                    OnDone();
                    return;
            }
        }

        _isFollowing = false;
        if (IsActive)
        {
            Arm();
        }
    }

    // The request is over without an answer: the client has left, or the proxy gives it up.
    private void OnDone()
    {
        _outcome = _attempts.EndedIn;
        if (!_hasAnswerBegun && _outcome != RequestOutcome.ClientLeft)
        {
            Refuse(Refusal.Defect, _outcome);
            return;
        }

        Finish(ConnectionEnd.Abort);
    }

    // Whoever is under way beside the answer that is passed on has lost.
    private void Lose(byte mask)
    {
        foreach (var flight in _flights)
        {
            if ((mask & Decision.MaskOf(flight.Slot)) != 0 && flight.IsOn)
            {
                EndFlight(flight, flight.Result(Outcome.Cancelled));
            }
        }
    }

    private void EndAll(Outcome outcome)
    {
        foreach (var flight in _flights)
        {
            if (flight.IsOn)
            {
                EndFlight(flight, flight.Result(outcome, flight.HasAnswer ? flight.Answer.Status : 0));
            }
        }
    }
}
