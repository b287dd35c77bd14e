namespace LoadBalancer.Proxy.Resilience;

/// <summary>
/// A moment for each of many keys, in a table with an end. A key has its place in one of the sets, by its hash; where the set is full, the key whose moment
/// is the earliest makes room. What is there is read and changed without a lock; one is taken to put a key in.
/// </summary>
internal sealed class KeyTable
{
    private const int SetSize = 16;
    private const int Locks = 64;

    // Memory is taken a page at a time, as keys come: most limits never see as many as they may.
    private const int PageBits = 10;
    private const int PageSize = 1 << PageBits;

    private readonly Slot[]?[] _pages;
    private readonly Lock[] _locks = new Lock[Locks];
    private readonly uint _sets;

    /// <param name="capacity">How many keys it is made for.</param>
    public KeyTable(int capacity)
    {
        // With twice as many places, hardly a set is full when there are so many keys.
        _sets = (uint)(((capacity * 2L) + SetSize - 1) / SetSize);
        _pages = new Slot[]?[(Places + PageSize - 1) / PageSize];
        for (var i = 0; i < Locks; i++)
        {
            _locks[i] = new Lock();
        }
    }

    /// <summary>How many keys it can hold.</summary>
    public int Places => (int)_sets * SetSize;

    /// <summary>The place of a key, or -1. It may be another's by the time that it is looked at; see <see cref="IsAt"/>.</summary>
    public int Find(ulong key)
    {
        key = Stored(key);
        var first = SetOf(key) * SetSize;
        return Volatile.Read(ref _pages[first >> PageBits]) is null ? -1 : FindIn(first, key);
    }

    /// <summary>The moment at a place.</summary>
    public long Read(int place) => Volatile.Read(ref At(place).Moment);

    /// <summary>Whether the key is still at this place. Asked after <see cref="Read"/>, it says whose moment that was.</summary>
    public bool IsAt(int place, ulong key) => Volatile.Read(ref At(place).Key) == Stored(key);

    /// <summary>Changes a moment, if it is still the same.</summary>
    public bool TryChange(int place, long from, long to) => Interlocked.CompareExchange(ref At(place).Moment, to, from) == from;

    /// <summary>Puts a key in, if it is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="moment">Its moment.</param>
    /// <param name="now">What is before it is no loss when it makes room.</param>
    /// <param name="hasEvicted">Whether one made room whose moment was still to come.</param>
    public bool TryAdd(ulong key, long moment, long now, out bool hasEvicted)
    {
        key = Stored(key);
        var set = SetOf(key);
        lock (_locks[set % Locks])
        {
            var first = set * SetSize;
            ref var page = ref _pages[first >> PageBits];
            if (Volatile.Read(ref page) is null)
            {
                // Other sets of the page may be under another lock.
                Interlocked.CompareExchange(ref page, new Slot[PageSize], null);
            }

            hasEvicted = false;
            if (FindIn(first, key) >= 0)
            {
                return false;
            }

            ref var slot = ref At(PlaceIn(first, now));

            // In this order: who reads the moment between the two writes finds that it is nobody's.
            var before = Volatile.Read(ref slot.Key);
            Volatile.Write(ref slot.Key, 0);
            var left = Interlocked.Exchange(ref slot.Moment, moment);
            Volatile.Write(ref slot.Key, key);
            hasEvicted = before != 0 && unchecked(left - now) > 0;
            return true;
        }
    }

    // Zero says that a place is free.
    private static ulong Stored(ulong key) => key == 0 ? 1 : key;

    private int SetOf(ulong key) => (int)Math.BigMul(key, (ulong)_sets, out _);

    private ref Slot At(int place) => ref _pages[place >> PageBits]![place & (PageSize - 1)];

    private int FindIn(int first, ulong key)
    {
        for (var place = first; place < first + SetSize; place++)
        {
            if (Volatile.Read(ref At(place).Key) == key)
            {
                return place;
            }
        }

        return -1;
    }

    // A free one, or else that of the earliest moment.
    private int PlaceIn(int first, long now)
    {
        var earliest = first;
        for (var place = first; place < first + SetSize; place++)
        {
            if (Volatile.Read(ref At(place).Key) == 0)
            {
                return place;
            }

            if (unchecked(Read(place) - now) < unchecked(Read(earliest) - now))
            {
                earliest = place;
            }
        }

        return earliest;
    }

    private struct Slot
    {
        public ulong Key;
        public long Moment;
    }
}
