namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What becomes of a client's connection after a request.</summary>
internal enum ConnectionEnd : byte
{
    /// <summary>It may bring another.</summary>
    Keep,

    /// <summary>It is closed when the system has taken everything.</summary>
    Close,

    /// <summary>The same, but the client may still be sending: it is read until the client has seen the end.</summary>
    Linger,

    /// <summary>The same, but by a reset: the answer ends with the connection, and did not end well.</summary>
    Reset,

    /// <summary>It is closed at once: the client has left.</summary>
    Abort,
}

/// <summary>The connection of a client after a request: it brings another, or is closed so that the client still gets what it was told.</summary>
internal sealed partial class DownstreamConnection
{
    // For the client to read what it was told before it sees the connection broken (RFC 9112, 9.6).
    private const long LingersFor = 5 * TimeSpan.TicksPerSecond;

    private bool _resets;
    private bool _closes;
    private bool _lingers;

    /// <summary>The request is over, and its answer has gone but for what is left to be flushed.</summary>
    /// <param name="end">What becomes of the connection.</param>
    public void OnEnded(ConnectionEnd end)
    {
        _exchange = null;
        if (_state == DownstreamState.Closed)
        {
            return;
        }

        if (end == ConnectionEnd.Abort)
        {
            Syscalls.ResetAtClose(Descriptor);
            Close();
            return;
        }

        (_state, _resets) = (DownstreamState.Flushing, end == ConnectionEnd.Reset);
        _closes = end != ConnectionEnd.Keep || IsAtEnd;
        _lingers = end == ConnectionEnd.Linger;
        AfterFlush(HasUnsent ? Sent.Some : Sent.All);
    }

    private void AfterFlush(Sent sent)
    {
        switch (sent)
        {
            case Sent.Some:
                SetTimer(_limits.KeepAliveTimeout);
                break;
            case Sent.Broken:
                Close();
                break;
            default:
                GoOn();
                break;
        }
    }

    private void GoOn()
    {
        if (_resets)
        {
            Syscalls.ResetAtClose(Descriptor);
            Close();
        }
        else if (!_closes)
        {
            _state = DownstreamState.Reading;
            SetTimer(_limits.KeepAliveTimeout);
            if (Closes)
            {
                // Since the answer began, which did not say so. A request that has come meanwhile is served, and its answer does.
                CloseIfIdle();
            }

            if (_state == DownstreamState.Reading && !_isPumping && (IsReadable || !Input.IsEmpty))
            {
                // Not here: whoever ended the request is still at it.
                Loop.Defer(this);
            }
        }
        else if (_lingers || IsReadable || !Input.IsEmpty)
        {
            // What the client sends is not wanted any more, but to close before it was read would destroy the answer on its way.
            _state = DownstreamState.Lingering;
            Syscalls.FinishSending(Descriptor);
            SetTimer(LingersFor);
            Linger();
        }
        else
        {
            Close();
        }
    }

    private void Linger()
    {
        for (var reads = 0; reads < MostReads; reads++)
        {
            Consume(Input.Length);
            switch (Fill())
            {
                case Filled.Nothing:
                    return;
                case Filled.End or Filled.Broken:
                    Close();
                    return;
            }
        }

        Loop.Defer(this);
    }
}
