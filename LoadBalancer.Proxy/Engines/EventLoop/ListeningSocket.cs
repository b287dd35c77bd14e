namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>A listener as one loop accepts on it.</summary>
internal sealed class ListeningSocket : Watched
{
    private const int Events = Syscalls.EventIn | Syscalls.EventExclusive;

    // As many as one turn of the loop takes. What is left makes the system tell again.
    private const int MostAtOnce = 64;

    private readonly LoopServices _services;
    private readonly EventLoopEngine _engine;
    private bool _isPaused;
    private bool _isClosed;
    private long _toldIn;
    private int _most = 1;

    public ListeningSocket(LoopServices services, EventLoopEngine engine, ListenerEntry entry)
    {
        (_services, _engine, Entry) = (services, engine, entry);
        Descriptor = entry.Descriptor;
    }

    public ListenerEntry Entry { get; }

    /// <summary>Begins to accept.</summary>
    public void Open() => Resume();

    /// <summary>Accepts no more. The last loop to do so takes what still waits, and closes the socket.</summary>
    public void Close()
    {
        if (_isClosed)
        {
            return;
        }

        Unwatch();
        _isClosed = true;
        if (Entry.Leave())
        {
            while (TryAccept(isLast: true))
            {
            }

            _engine.OnClosed(Entry);
        }
    }

    /// <inheritdoc />
    public override void OnEvents(int events)
    {
        // To ask for one more than there is costs a call: where they come one at a time, one is asked for; where more wait already in the next turn, twice as many each time.
        _most = _services.Loop.Turn == _toldIn + 1 ? Math.Min(_most * 2, MostAtOnce) : 1;
        _toldIn = _services.Loop.Turn;
        for (var accepted = 0; accepted < _most && !_isPaused && !_isClosed; accepted++)
        {
            if (!_services.Engine.Budget.TryEnter())
            {
                // Waits for a place, and comes with it.
                Pause(_services.Engine.Budget.EnterAsync(_engine.Stopping), hasPlace: true);
                return;
            }

            if (!TryAccept(isLast: false))
            {
                return;
            }
        }
    }

    /// <inheritdoc />
    public override void OnTimer()
    {
    }

    /// <inheritdoc />
    public override void Abort()
    {
    }

    // The place for the connection is taken already, but for the last ones.
    private bool TryAccept(bool isLast)
    {
        Span<byte> address = stackalloc byte[KernelAddress.MostLength];
        while (true)
        {
            var socket = Syscalls.Accept(Descriptor, address, out var length);
            if (socket >= 0)
            {
                if (isLast)
                {
                    _services.Engine.Budget.Enter();
                }

                address = address[..Math.Min(length, address.Length)];
                _engine.Adopt(_services, Entry, socket, new ClientText(KernelAddress.Read(address), KernelAddress.ReadPort(address)));
                return true;
            }

            var errno = (Errno)(-socket);
            if (errno.IsOfOneConnection())
            {
                continue;
            }

            if (!isLast)
            {
                _services.Engine.Budget.Leave();
                if (errno != Errno.WouldBlock)
                {
                    // No descriptor, no memory, or what nobody has thought of: asked at once, it would fail again.
                    Pause(new ValueTask(_services.Engine.Budget.PauseAsync(errno.Text(), _engine.Stopping)), hasPlace: false);
                }
            }

            return false;
        }
    }

    private void Pause(ValueTask wait, bool hasPlace)
    {
        Unwatch();
        _isPaused = true;
        _ = ResumeAfterAsync(wait, hasPlace);
    }

    private async Task ResumeAfterAsync(ValueTask wait, bool hasPlace)
    {
        try
        {
            await wait.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _services.Loop.Post(() =>
        {
            if (!_isClosed)
            {
                _isPaused = false;
                if (!hasPlace || TryAccept(isLast: false))
                {
                    Resume();
                    return;
                }

                // Another loop was quicker; or the system has none to give, and it is paused again.
                if (!_isPaused)
                {
                    Resume();
                }
            }
            else if (hasPlace)
            {
                _services.Engine.Budget.Leave();
            }
        });
    }

    private void Resume()
    {
        if (_services.Loop.Watch(this, Events) != Errno.None)
        {
            Pause(new ValueTask(_services.Engine.Budget.PauseAsync("cannot watch the listener", _engine.Stopping)), hasPlace: false);
        }
    }

    private void Unwatch()
    {
        if (Place >= 0)
        {
            _services.Loop.Unwatch(this);
        }
    }
}
