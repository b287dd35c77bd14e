namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>A TCP connection of either side: what came and was not worked on yet, and what the system has not taken yet.</summary>
/// <remarks>
/// It is told once when there is more to read or room to write (edge-triggered), so it remembers that until it has read all, or all room is taken.
/// It reads into the common buffer of its loop; only what is left over when another connection reads goes to memory of its own. An idle connection has none.
/// </remarks>
internal abstract partial class Connection(EventLoop loop) : Watched
{
    /// <summary>How often it is read in one turn: one whose other end is quicker than the loop would have that for itself.</summary>
    public const int MostReads = 16;

    /// <summary>What it is served by.</summary>
    public EventLoop Loop => loop;

    /// <summary>Whether there may be more to read.</summary>
    public bool IsReadable { get; private set; }

    /// <summary>Whether the other end has said that it sends no more. There may still be something to read.</summary>
    public bool HasPeerFinished { get; private set; }

    /// <summary>Whether the other end has sent its last, and all of it was read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether it is broken: nothing can be sent any more. There may still be something to read.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => Descriptor >= 0;

    /// <summary>Closes it, and gives its memory back. What it has not sent is lost.</summary>
    protected void CloseSocket()
    {
        DropInput();
        DropOutput();
        IsQueued = false;
        if (IsOpen)
        {
            loop.Close(this);
        }
    }

    /// <summary>Notes what its descriptor told.</summary>
    protected void Note(int events)
    {
        IsReadable |= !IsAtEnd && (events & (Syscalls.EventIn | Syscalls.EventPeerFinished | Syscalls.EventHangUp | Syscalls.EventError)) != 0;
        HasPeerFinished |= (events & (Syscalls.EventPeerFinished | Syscalls.EventHangUp | Syscalls.EventError)) != 0;
    }
}
