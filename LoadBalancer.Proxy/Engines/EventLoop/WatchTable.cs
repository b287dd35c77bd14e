namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Who is watched, by place. A place has a generation, so that an event for whoever had it before is known to be old.</summary>
/// <remarks>Within one batch of events a descriptor may be closed, and its number given to another connection: numbers of descriptors tell nothing.</remarks>
internal sealed class WatchTable
{
    private Entry[] _entries = new Entry[256];
    private int _count;
    private int _free = -1;

    /// <summary>Everyone who is watched.</summary>
    public IEnumerable<Watched> All => _entries.Take(_count).Select(entry => entry.Watched).OfType<Watched>();

    /// <summary>Gives one a place.</summary>
    /// <returns>What its events are to come with.</returns>
    public long Add(Watched watched)
    {
        var place = _free;
        if (place < 0)
        {
            place = _count++;
            if (place == _entries.Length)
            {
                Array.Resize(ref _entries, _entries.Length * 2);
            }
        }
        else
        {
            _free = _entries[place].NextFree;
        }

        ref var entry = ref _entries[place];
        entry.Watched = watched;
        watched.Place = place;
        return ((long)entry.Generation << 32) | (uint)place;
    }

    /// <summary>Takes the place back.</summary>
    public void Remove(Watched watched)
    {
        ref var entry = ref _entries[watched.Place];
        entry.Watched = null;
        entry.Generation++;
        entry.NextFree = _free;
        _free = watched.Place;
        watched.Place = -1;
    }

    /// <summary>Whose event it is; null when that one is gone.</summary>
    public Watched? Find(long data)
    {
        ref var entry = ref _entries[(uint)data];
        return entry.Generation == (int)(data >> 32) ? entry.Watched : null;
    }

    private struct Entry
    {
        public Watched? Watched;
        public int Generation;
        public int NextFree;
    }
}
