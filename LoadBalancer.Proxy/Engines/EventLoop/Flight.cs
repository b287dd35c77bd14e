using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>One attempt of an exchange on the wire. There are as many as an exchange may have under way, and each is used again and again.</summary>
/// <param name="exchange">Whose attempt it is.</param>
/// <param name="slot">Its place in <see cref="Forwarding.Attempts"/>.</param>
internal sealed class Flight(EventLoopExchange exchange, int slot)
{
    private long _startedAt;
    private long? _toHead;

    public int Slot => slot;

    /// <summary>Where it goes.</summary>
    public Member Member { get; private set; }

    /// <summary>Whether it is under way.</summary>
    public bool IsOn { get; private set; }

    /// <summary>What makes its connection; null when there is nothing to be made.</summary>
    public UpstreamConnect? Connect { get; set; }

    /// <summary>Its connection; null before it is made, and when it serves others again.</summary>
    public UpstreamConnection? Upstream { get; set; }

    /// <summary>The head of its answer.</summary>
    public ResponseHead Answer { get; } = new();

    /// <summary>Its span; null when nobody listens.</summary>
    public Activity? Span { get; set; }

    /// <summary>Whether the destination may have got a byte of the request.</summary>
    public bool IsHeadSent { get; set; }

    /// <summary>Whether the head of the answer has come.</summary>
    public bool HasAnswer => _toHead is not null;

    /// <summary>How long it waited for its connection, in ticks of 100 ns; null before it is there.</summary>
    public long? ToConnection { get; private set; }

    /// <summary>How much of the remembered body was sent.</summary>
    public int Position { get; set; }

    /// <summary>Whether the body can be sent on: nothing waits to be sent before it, for what was taken off the client could then not be sent elsewhere.</summary>
    public bool TakesBody => Upstream is { HasUnsent: false, IsBroken: false } && IsHeadSent;

    /// <summary>Begins.</summary>
    public void Begin(Member member, long now)
    {
        (Member, IsOn, IsHeadSent, Position) = (member, true, false, 0);
        (_startedAt, _toHead, ToConnection) = (now, null, null);
        Answer.Reset();
    }

    /// <summary>Its connection is there.</summary>
    public void Connected(long now) => ToConnection = now - _startedAt;

    /// <summary>The head of the answer has come.</summary>
    public void Answered(long now) => _toHead = now - _startedAt;

    /// <summary>How long it took until the head of the answer was there; how long it has taken by now, where there is none.</summary>
    public long ElapsedAt(long now) => _toHead ?? now - _startedAt;

    /// <summary>What it ended in.</summary>
    public AttemptResult Result(Outcome outcome, int status = 0, bool isComplete = false) => new(outcome, status, IsHeadSent, isComplete, _toHead);

    /// <summary>Ends, and lets go of its connection.</summary>
    public void End()
    {
        IsOn = false;
        Release();
        Span = null;
        Member = default;
    }

    /// <summary>Closes what it has of a connection.</summary>
    public void Release()
    {
        Connect?.Cancel();
        Connect = null;
        Upstream?.Close();
        Upstream = null;
    }

    /// <summary>Its connection is made.</summary>
    public void OnConnected(UpstreamConnection connection)
    {
        (Connect, Upstream, connection.Flight) = (null, connection, this);
        exchange.OnConnected(this);
    }

    /// <summary>No connection could be made.</summary>
    public void OnConnectFailed(Outcome outcome)
    {
        Connect = null;
        exchange.OnFailed(this, outcome);
    }

    /// <summary>There is something to read.</summary>
    public void OnReadable() => exchange.OnReadable(this);

    /// <summary>There is room to write again.</summary>
    public void OnWritable() => exchange.OnWritable(this);

    /// <summary>Nothing of the request was sent: the connection had been closed while it waited.</summary>
    public void OnLost()
    {
        IsHeadSent = false;
        exchange.OnLost(this);
    }

    /// <summary>The head was queued, and has gone.</summary>
    public void OnHeadSent() => exchange.OnHeadSent();

    /// <summary>Something of ours failed while its connection was worked for.</summary>
    public void OnDefect() => exchange.Abort();
}
