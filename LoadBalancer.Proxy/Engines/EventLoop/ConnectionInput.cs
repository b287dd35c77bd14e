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

/// <summary>What comes in over the connection: in the common buffer of the loop while it is worked on, in memory of its own while it waits for more.</summary>
internal abstract partial class Connection
{
    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;
    private int _ahead;

    /// <summary>What came and was not worked on yet.</summary>
    public ReadOnlySpan<byte> Input => _input.AsSpan(_inputStart, _inputEnd - _inputStart);

    /// <summary>Takes bytes off the input: they were worked on.</summary>
    public void Consume(int count)
    {
        _inputStart += count;
        if (_inputStart == _inputEnd && _ahead == 0)
        {
            DropInput();
        }
    }

    /// <summary>Whether what these events tell of can be received with that of others, before it is its turn.</summary>
    public bool IsToReceiveAhead(int events) => (events & ~Syscalls.EventOut) == Syscalls.EventIn && _input is null && AwaitsHead;

    /// <summary>It was received ahead, or not: then it is received when it is its turn.</summary>
    /// <param name="at">Where, in what the loop has received.</param>
    /// <param name="count">How many bytes, or what a failed call brings.</param>
    public void OnReceived(int at, int count)
    {
        if (count > 0)
        {
            (_input, _inputStart, _inputEnd, _ahead) = (loop.Received, at, at, count);
        }
    }

    /// <summary>Reads more behind what is there.</summary>
    public Filled Fill()
    {
        if (_ahead > 0)
        {
            // Less than there was room for: that was all.
            IsReadable = _ahead == EventLoop.ReceiveSize || HasPeerFinished;
            (_inputEnd, _ahead) = (_inputEnd + _ahead, 0);
            return Filled.More;
        }

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

    /// <summary>Moves what it has in memory of the loop to memory of its own, for others want to read.</summary>
    public void Settle()
    {
        if (_input is null || IsOwn(_input))
        {
            return;
        }

        var length = _inputEnd - _inputStart;
        var all = length + _ahead;
        var own = all == 0 ? null : loop.Buffers.Rent(all);
        _input.AsSpan(_inputStart, all).CopyTo(own);
        (_input, _inputStart, _inputEnd) = (own, 0, length);
    }

    /// <summary>Whether what comes next is a head: a short piece, as a rule.</summary>
    protected abstract bool AwaitsHead { get; }

    private bool IsOwn(byte[] memory) => !ReferenceEquals(memory, loop.ReadBuffer) && !ReferenceEquals(memory, loop.Received);

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
        if (_input is { } input && IsOwn(input))
        {
            loop.Buffers.Return(input);
        }

        (_input, _inputStart, _inputEnd, _ahead) = (null, 0, 0, 0);
    }
}
