namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>How many connections to one destination are open, where there is a limit: for all loops together. Who finds no place waits, first come, first served.</summary>
/// <remarks>
/// A place is for a connection from the moment that it is to be made until it is closed. One that becomes free is handed to the first who waits, never left for all to run for.
/// Of any thread; it calls nobody under its lock who does more than to post a note.
/// </remarks>
internal sealed class ConnectionPlaces
{
    private readonly Lock _lock = new();
    private readonly LinkedList<PlaceSeeker> _waiting = [];
    private readonly List<PlaceHolder> _holders = [];
    private int _open;
    private volatile bool _isWaitedFor;

    /// <summary>Whether someone waits.</summary>
    public bool IsWaitedFor => _isWaitedFor;

    /// <summary>How many places are taken.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="seeker">Who asks.</param>
    /// <param name="most">How many connections there may be, as the seeker knows it.</param>
    /// <returns>Whether there was one. If not, <see cref="PlaceSeeker.OnPlace"/> will tell, unless it is forgotten before.</returns>
    public bool Enter(PlaceSeeker seeker, int most)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 && _open < most)
            {
                _open++;
                return true;
            }

            seeker.Most = most;
            _waiting.AddLast(seeker.Node);
            _isWaitedFor = true;

            // The limit may be higher than it was for those before it.
            Hand_NeedsLock();

            // A place that nobody uses is better used here.
            foreach (var holder in _holders)
            {
                if (holder.Unused > 0 && _isWaitedFor)
                {
                    holder.GiveUp();
                }
            }

            return false;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _open--;
            Hand_NeedsLock();
        }
    }

    /// <summary>Takes one off those who wait.</summary>
    /// <returns>False when it does not wait any more: it has a place, or will hear of one.</returns>
    public bool Forget(PlaceSeeker seeker)
    {
        lock (_lock)
        {
            return Forget_NeedsLock(seeker);
        }
    }

    /// <summary>A holder has a connection that serves nobody. The first who waits is to have it, if they are of the same loop, and its place if not.</summary>
    /// <param name="holder">Who has it.</param>
    /// <param name="idle">How many it has then, if it keeps this one.</param>
    /// <param name="seeker">Who is to have the connection, with its place, and waits no longer; null for nobody.</param>
    /// <returns>Whether the holder may keep it, or hands it on; otherwise it is to be closed.</returns>
    public bool Keep(PlaceHolder holder, int idle, out PlaceSeeker? seeker)
    {
        lock (_lock)
        {
            seeker = null;
            if (_waiting.First is not { Value: var first })
            {
                holder.Unused = idle;
                return true;
            }

            if (_open > first.Most || first.Holder != holder)
            {
                return false;
            }

            Forget_NeedsLock(seeker = first);
            return true;
        }
    }

    /// <summary>A holder has more or fewer connections that serve nobody.</summary>
    public void Count(PlaceHolder holder, int idle)
    {
        lock (_lock)
        {
            holder.Unused = idle;
        }
    }

    /// <summary>A holder comes.</summary>
    public void Add(PlaceHolder holder)
    {
        lock (_lock)
        {
            _holders.Add(holder);
        }
    }

    /// <summary>A holder, which has nothing any more, goes.</summary>
    public void Remove(PlaceHolder holder)
    {
        lock (_lock)
        {
            _holders.Remove(holder);
        }
    }

    private void Hand_NeedsLock()
    {
        while (_waiting.First is { Value: var first } && _open < first.Most)
        {
            Forget_NeedsLock(first);
            _open++;
            first.OnPlace();
        }
    }

    private bool Forget_NeedsLock(PlaceSeeker seeker)
    {
        if (seeker.Node.List != _waiting)
        {
            return false;
        }

        _waiting.Remove(seeker.Node);
        _isWaitedFor = _waiting.Count > 0;
        return true;
    }
}

/// <summary>One that waits for a place.</summary>
internal abstract class PlaceSeeker
{
    protected PlaceSeeker() => Node = new LinkedListNode<PlaceSeeker>(this);

    /// <summary>Who has the connections of its loop.</summary>
    public abstract PlaceHolder Holder { get; }

    /// <summary>It has a place. Called under a lock: it posts a note, and no more.</summary>
    public abstract void OnPlace();

    internal LinkedListNode<PlaceSeeker> Node { get; }

    internal int Most { get; set; }
}

/// <summary>One that has connections.</summary>
internal abstract class PlaceHolder
{
    /// <summary>Is to close connections that serve nobody, as long as someone waits. Called under a lock: it posts a note, and no more.</summary>
    public abstract void GiveUp();

    internal int Unused { get; set; }
}
