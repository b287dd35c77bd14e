using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange as a tunnel: bytes go both ways until both sides have finished.</summary>
/// <remarks>
/// Each side may finish sending while the other goes on. Each way is read only as long as the other end takes what came.
/// Where its destination is drained, the tunnel is ended between two frames, with a close frame that says that the destination goes away.
/// </remarks>
/// <param name="exchange">The exchange.</param>
/// <param name="services">What it is served by.</param>
/// <param name="client">The one end.</param>
/// <param name="flight">The other.</param>
internal sealed class Tunnel(EventLoopExchange exchange, LoopServices services, DownstreamConnection client, Flight flight)
{
    private FrameTracker _frames;
    private long? _closingSince;
    private bool _hasSaidGoodbye;
    private bool _isClientFinished;
    private bool _isUpstreamFinished;

    /// <summary>Begins; the head of the answer has been sent.</summary>
    public void Begin()
    {
        services.Tunnels.Add(this);
        OnUpstreamBytes();
        if (flight.IsOn)
        {
            OnClientReadable();
        }
    }

    /// <summary>Is over.</summary>
    public void Forget() => services.Tunnels.Remove(this);

    /// <summary>Whether the way down goes on: the client takes what came.</summary>
    public bool IsPaused => client.Unsent > 0 || _hasSaidGoodbye;

    /// <summary>Ends it when its destination is drained, or the proxy is about to stop.</summary>
    public void Look(long now, bool isStopping)
    {
        if (_closingSince is { } since)
        {
            if (now - since >= TunnelEnd.TimeToClose.Ticks)
            {
                exchange.EndTunnel(Outcome.Success);
            }
        }
        else if (isStopping || flight.Member.Destination.IsDrained(now))
        {
            _closingSince = now;
            SayGoodbye();
        }
    }

    /// <summary>The client has sent something, or has finished.</summary>
    public void OnClientReadable()
    {
        var reads = 0;
        while (flight.Upstream is { } upstream && upstream.Unsent == 0 && !_isClientFinished)
        {
            if (client.Input.IsEmpty)
            {
                if (++reads > Connection.MostReads)
                {
                    services.Loop.Defer(client);
                    return;
                }

                switch (client.Fill())
                {
                    case Filled.Nothing:
                        return;
                    case Filled.Broken:
                        exchange.OnClientLeft();
                        return;
                    case Filled.End:
                        _isClientFinished = true;
                        FinishWays();
                        return;
                }
            }

            exchange.Moved();
            var sent = upstream.Send(client.Input);
            client.Consume(client.Input.Length);
            if (sent == Sent.Broken)
            {
                exchange.EndTunnel(Outcome.AnswerBroken);
                return;
            }
        }
    }

    /// <summary>The destination has sent something.</summary>
    public void OnUpstreamBytes()
    {
        var upstream = flight.Upstream!;
        var taken = _frames.Take(upstream.Input, _closingSince is not null && !_frames.IsBetweenFrames);
        exchange.Moved(taken);
        var sent = client.Send(upstream.Input[..taken]);
        upstream.Consume(taken);
        if (sent == Sent.Broken)
        {
            exchange.OnClientLeft();
        }
        else if (_closingSince is not null)
        {
            SayGoodbye();
        }
    }

    /// <summary>The destination has finished, or is gone.</summary>
    public void OnUpstreamEnd(bool isClean)
    {
        if (!isClean)
        {
            exchange.EndTunnel(Outcome.AnswerBroken);
            return;
        }

        _isUpstreamFinished = true;
        FinishWays();
    }

    /// <summary>The client takes more again.</summary>
    public void OnClientWritable()
    {
        FinishWays();
        if (flight.IsOn && !_hasSaidGoodbye)
        {
            exchange.OnReadable(flight);
        }
    }

    /// <summary>The destination takes more again.</summary>
    public void OnUpstreamWritable()
    {
        FinishWays();
        if (flight.IsOn)
        {
            OnClientReadable();
        }
    }

    private void SayGoodbye()
    {
        if (_hasSaidGoodbye || !_frames.IsBetweenFrames || _frames.HasClosed)
        {
            return;
        }

        _hasSaidGoodbye = true;
        if (client.Send(TunnelEnd.GoingAway) == Sent.Broken)
        {
            exchange.OnClientLeft();
        }
        else
        {
            FinishWays();
        }
    }

    // What one side has sent goes out before the other is told that there is no more.
    private void FinishWays()
    {
        if (flight.Upstream is not { } upstream)
        {
            return;
        }

        if (_isClientFinished && upstream.Unsent == 0)
        {
            Syscalls.FinishSending(upstream.Descriptor);
        }

        if (_isUpstreamFinished && client.Unsent == 0)
        {
            Syscalls.FinishSending(client.Descriptor);
        }

        if ((_hasSaidGoodbye || (_isClientFinished && _isUpstreamFinished && upstream.Unsent == 0)) && client.Unsent == 0)
        {
            exchange.EndTunnel(Outcome.Success);
        }
    }
}
