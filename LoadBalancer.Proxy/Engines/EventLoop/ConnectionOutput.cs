namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What came of sending.</summary>
internal enum Sent : byte
{
    /// <summary>The system has taken all of it.</summary>
    All,

    /// <summary>The system has taken some, and the rest waits until it takes more: see <see cref="Connection.Flush()"/>.</summary>
    Some,

    /// <summary>The connection is broken. If nothing was taken before, nothing of it was sent.</summary>
    Broken,
}

/// <summary>What goes out over the connection, and what the system has not taken yet.</summary>
internal abstract partial class Connection
{
    private byte[]? _output;
    private int _outputStart;
    private int _outputEnd;

    /// <summary>How many bytes the system has not taken yet, but for what is queued.</summary>
    public int Unsent => _outputEnd - _outputStart;

    /// <summary>Whether something is queued: it goes out behind the present batch of events, before what is <see cref="Unsent"/> (see <see cref="EventLoop.TryQueue"/>).</summary>
    public bool IsQueued { get; private set; }

    /// <summary>Whether anything is queued or unsent.</summary>
    public bool HasUnsent => IsQueued || Unsent > 0;

    /// <summary>Sends, or keeps what the system does not take yet.</summary>
    public Sent Send(ReadOnlySpan<byte> bytes) => Send(bytes, []);

    /// <summary>Sends what is written, and a body behind it: in one piece where that is short.</summary>
    /// <param name="head">What is written.</param>
    /// <param name="body">The body; may be empty.</param>
    /// <param name="mayQueue">Whether a short piece may go out with those of others, behind the present batch of events. This then returns <see cref="Sent.All"/>, and what comes of it is told by <see cref="OnQueueSent"/> or <see cref="OnFlushed"/>.</param>
    public Sent Send(OutputBuffer head, ReadOnlySpan<byte> body, bool mayQueue)
    {
        var isOnePiece = head.TryAppend(body);
        if (mayQueue && isOnePiece && !IsBroken && !HasUnsent && loop.TryQueue(this))
        {
            IsQueued = true;
            return Sent.All;
        }

        return Send(head.Written, isOnePiece ? [] : body);
    }

    /// <summary>The system was asked to take what was queued.</summary>
    /// <param name="bytes">What was queued.</param>
    /// <param name="sent">How many it has taken, or what a failed call brings.</param>
    public void OnQueueTried(ReadOnlySpan<byte> bytes, int sent)
    {
        IsQueued = false;
        if (sent == bytes.Length && Unsent == 0)
        {
            OnQueueSent();
            return;
        }

        // Before what came to be sent since then.
        var later = Unsent == 0 ? [] : _output.AsSpan(_outputStart, Unsent).ToArray();
        DropOutput();
        Keep(bytes[Math.Max(sent, 0)..]);
        Keep(later);
        var flushed = Flush(out var taken);
        OnFlushed(flushed, isLost: flushed == Sent.Broken && Math.Max(sent, 0) + taken == 0);
    }

    /// <summary>Sends what the system has not taken yet. Not while something is queued, which goes before it.</summary>
    public Sent Flush() => Flush(out _);

    private Sent Flush(out long taken)
    {
        taken = 0;
        while (Unsent > 0)
        {
            var sent = IsBroken ? -(int)Errno.BrokenPipe : Syscalls.Send(Descriptor, _output.AsSpan(_outputStart, Unsent));
            if (sent >= 0)
            {
                _outputStart += sent;
                taken += sent;
                continue;
            }

            switch ((Errno)(-sent))
            {
                case Errno.Interrupted:
                    break;
                case Errno.WouldBlock or Errno.NoBufferSpace or Errno.OutOfMemory:
                    return Sent.Some;
                default:
                    IsBroken = true;
                    DropOutput();
                    return Sent.Broken;
            }
        }

        DropOutput();
        return Sent.All;
    }

    // The second piece behind the first.
    private Sent Send(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (IsBroken)
        {
            return Sent.Broken;
        }

        if (first.IsEmpty)
        {
            first = second;
            second = [];
        }

        if (HasUnsent)
        {
            Keep(first);
            Keep(second);
            return Sent.Some;
        }

        while (true)
        {
            var sent = second.IsEmpty ? Syscalls.Send(Descriptor, first) : Syscalls.Send(Descriptor, first, second);
            if (sent == first.Length + second.Length)
            {
                return Sent.All;
            }

            if (sent >= 0)
            {
                Keep(first[Math.Min(sent, first.Length)..]);
                Keep(second[Math.Max(0, sent - first.Length)..]);
                return Sent.Some;
            }

            switch ((Errno)(-sent))
            {
                case Errno.Interrupted:
                    break;
                case Errno.WouldBlock or Errno.NoBufferSpace or Errno.OutOfMemory:
                    Keep(first);
                    Keep(second);
                    return Sent.Some;
                default:
                    // Broken pipe, reset, timed out, or a network that is gone.
                    IsBroken = true;
                    return Sent.Broken;
            }
        }
    }

    /// <summary>What was queued has gone, and nothing came behind it.</summary>
    protected abstract void OnQueueSent();

    /// <summary>Not all of what was queued has gone at once, or more came behind it: it was sent with that once more.</summary>
    /// <param name="sent">What came of that.</param>
    /// <param name="isLost">Whether nothing of it was sent, nor ever will be.</param>
    protected abstract void OnFlushed(Sent sent, bool isLost);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var needed = Unsent + bytes.Length;
        if (_output is null || _outputEnd + bytes.Length > _output.Length)
        {
            var larger = _output is { } output && needed <= output.Length ? output : loop.Buffers.Rent(needed);
            _output.AsSpan(_outputStart, Unsent).CopyTo(larger);
            if (_output is { } before && !ReferenceEquals(before, larger))
            {
                loop.Buffers.Return(before);
            }

            (_outputStart, _outputEnd, _output) = (0, Unsent, larger);
        }

        bytes.CopyTo(_output.AsSpan(_outputEnd));
        _outputEnd += bytes.Length;
    }

    private void DropOutput()
    {
        if (_output is { } output)
        {
            loop.Buffers.Return(output);
        }

        (_output, _outputStart, _outputEnd) = (null, 0, 0);
    }
}
