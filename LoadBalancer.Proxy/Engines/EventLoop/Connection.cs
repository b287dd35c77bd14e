namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What came of asking a socket for bytes.</summary>
internal enum Filled : byte
{
    /// <summary>There are more bytes in <see cref="Connection.Input"/>.</summary>
    More,

    /// <summary>There is nothing for now.</summary>
    Nothing,

    /// <summary>The other end sends no more.</summary>
    End,

    /// <summary>The connection is broken.</summary>
    Broken,
}

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

/// <summary>A TCP connection of either side: what came and was not worked on yet, and what the system has not taken yet.</summary>
/// <remarks>
/// It is told once when there is more to read or room to write (edge-triggered), so it remembers that until it has read all, or all room is taken.
/// It reads into the common buffer of its loop; only what is left over when another connection reads goes to memory of its own. An idle connection has none.
/// </remarks>
internal abstract class Connection(EventLoop loop) : Watched
{
    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;
    private byte[]? _output;
    private int _outputStart;
    private int _outputEnd;

    /// <summary>What it is served by.</summary>
    public EventLoop Loop => loop;

    /// <summary>What came and was not worked on yet.</summary>
    public ReadOnlySpan<byte> Input => _input.AsSpan(_inputStart, _inputEnd - _inputStart);

    /// <summary>Whether there may be more to read.</summary>
    public bool IsReadable { get; private set; }

    /// <summary>Whether the other end has said that it sends no more. There may still be something to read.</summary>
    public bool HasPeerFinished { get; private set; }

    /// <summary>Whether the other end has sent its last, and all of it was read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether it is broken: nothing can be sent any more. There may still be something to read.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>How many bytes the system has not taken yet.</summary>
    public int Unsent => _outputEnd - _outputStart;

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => Descriptor >= 0;

    /// <summary>Takes bytes off the input: they were worked on.</summary>
    public void Consume(int count)
    {
        _inputStart += count;
        if (_inputStart == _inputEnd)
        {
            DropInput();
        }
    }

    /// <summary>Reads more behind what is there.</summary>
    public Filled Fill()
    {
        if (!IsReadable)
        {
            return IsAtEnd ? Filled.End : Filled.Nothing;
        }

        MakeRoom();
        while (true)
        {
            var room = _input.AsSpan(_inputEnd);
            var read = Syscalls.Receive(Descriptor, room);
            if (read > 0)
            {
                // Fewer than there was room for: that was all. After the other end has finished, only reading to the end is sure to find it.
                IsReadable = read == room.Length || HasPeerFinished;
                _inputEnd += read;
                return Filled.More;
            }

            if ((Errno)(-read) == Errno.Interrupted)
            {
                continue;
            }

            IsReadable = false;
            if (_inputStart == _inputEnd)
            {
                DropInput();
            }

            if (read == 0)
            {
                IsAtEnd = true;
                return Filled.End;
            }

            if (((Errno)(-read)).IsForLater())
            {
                return Filled.Nothing;
            }

            // Reset, timed out, or a network that is gone: whatever it is, nothing more comes.
            IsBroken = true;
            return Filled.Broken;
        }
    }

    /// <summary>Moves what it has in the common buffer to memory of its own, for another connection wants to read.</summary>
    public void Settle()
    {
        if (_input is null || !ReferenceEquals(_input, loop.ReadBuffer))
        {
            return;
        }

        var length = _inputEnd - _inputStart;
        var own = length == 0 ? null : loop.Buffers.Rent(length);
        Input.CopyTo(own);
        (_input, _inputStart, _inputEnd) = (own, 0, length);
    }

    /// <summary>Sends, or keeps what the system does not take yet.</summary>
    public Sent Send(ReadOnlySpan<byte> bytes) => Send(bytes, []);

    /// <summary>Sends two pieces, the second behind the first.</summary>
    public Sent Send(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (IsBroken)
        {
            return Sent.Broken;
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

    /// <summary>Closes it, and gives its memory back. What it has not sent is lost.</summary>
    protected void CloseSocket()
    {
        DropInput();
        DropOutput();
        if (IsOpen)
        {
            loop.Close(this);
        }
    }

    /// <summary>Forgets what it was: its object serves another connection.</summary>
    protected void Renew() => (IsReadable, HasPeerFinished, IsAtEnd, IsBroken) = (false, false, false, false);

    /// <summary>Notes what its descriptor told.</summary>
    protected void Note(int events)
    {
        IsReadable |= !IsAtEnd && (events & (Syscalls.EventIn | Syscalls.EventPeerFinished | Syscalls.EventHangUp | Syscalls.EventError)) != 0;
        HasPeerFinished |= (events & (Syscalls.EventPeerFinished | Syscalls.EventHangUp | Syscalls.EventError)) != 0;
    }

    private void MakeRoom()
    {
        if (_inputStart == _inputEnd)
        {
            DropInput();
            loop.Borrow(this);
            _input = loop.ReadBuffer;
            return;
        }

        Settle();
        if (_inputEnd < _input!.Length)
        {
            return;
        }

        // What is there is half of something that makes sense only as a whole: twice as much may be enough.
        var length = _inputEnd - _inputStart;
        var larger = loop.Buffers.Rent(length * 2);
        Input.CopyTo(larger);
        loop.Buffers.Return(_input);
        (_input, _inputStart, _inputEnd) = (larger, 0, length);
    }

    private void DropInput()
    {
        if (_input is { } input && !ReferenceEquals(input, loop.ReadBuffer))
        {
            loop.Buffers.Return(input);
        }

        (_input, _inputStart, _inputEnd) = (null, 0, 0);
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
