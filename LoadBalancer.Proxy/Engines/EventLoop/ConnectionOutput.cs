namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What came of sending.</summary>
internal enum Sent : byte
{
    /// <summary>The system has taken all of it.</summary>
    All,

    /// <summary>The system has taken some, and the rest waits until it takes more: see <see cref="Connection.Flush"/>.</summary>
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

    /// <summary>How many bytes the system has not taken yet.</summary>
    public int Unsent => _outputEnd - _outputStart;

    /// <summary>Sends, or keeps what the system does not take yet.</summary>
    public Sent Send(ReadOnlySpan<byte> bytes) => Send(bytes, []);

    /// <summary>Sends what is written, and a body behind it: in one piece where that is short.</summary>
    public Sent Send(OutputBuffer head, ReadOnlySpan<byte> body)
    {
        var isOnePiece = head.TryAppend(body);
        return Send(head.Written, isOnePiece ? [] : body);
    }

    /// <summary>Sends what the system has not taken yet.</summary>
    public Sent Flush()
    {
        while (Unsent > 0)
        {
            var sent = IsBroken ? -(int)Errno.BrokenPipe : Syscalls.Send(Descriptor, _output.AsSpan(_outputStart, Unsent));
            if (sent >= 0)
            {
                _outputStart += sent;
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

        if (Unsent > 0)
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
