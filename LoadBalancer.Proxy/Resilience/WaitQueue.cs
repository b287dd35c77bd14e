namespace LoadBalancer.Proxy.Resilience;

/// <summary>
/// Those that wait for a place, first come, first served. A place that becomes free is handed to the first that takes it:
/// it is never free for whoever happens to ask next, so nobody is overtaken, and nobody has to ask again and again.
/// </summary>
/// <typeparam name="TPlace">What is waited for.</typeparam>
/// <remarks>
/// Its lock is held for a few instructions, and taken only where there are more requests than places.
/// Who releases a place must look at <see cref="Entries"/> before and after, or it may miss one that came in between: see <c>Destination.Release</c>.
/// </remarks>
internal sealed class WaitQueue<TPlace>
    where TPlace : class
{
    private readonly Lock _lock = new();
    private Waiter? _first;
    private Waiter? _last;
    private int _count;
    private int _entries;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many have ever begun to wait.</summary>
    public int Entries => Volatile.Read(ref _entries);

    /// <summary>Begins to wait. <see cref="Leave"/> must follow.</summary>
    /// <param name="waiter">Who.</param>
    /// <param name="most">How many may wait.</param>
    /// <returns>False when there are as many already.</returns>
    public bool TryEnter(Waiter waiter, int most)
    {
        lock (_lock)
        {
            if (_count >= most)
            {
                return false;
            }

            (waiter.State, waiter.Place, waiter.Previous, waiter.Next) = (WaiterState.Waiting, null, _last, null);
            _ = _last is null ? _first = waiter : _last.Next = waiter;
            _last = waiter;
            _count++;

            // A full fence: who releases a place from now on sees it, and a place that was released before is seen by who enters.
            Interlocked.Increment(ref _entries);
            return true;
        }
    }

    /// <summary>Ends the waiting, for whatever reason.</summary>
    /// <returns>The place that it got; null when it got none, or did not wait.</returns>
    public TPlace? Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.State == WaiterState.Waiting)
            {
                Remove_NeedsLock(waiter);
            }

            var place = waiter.Place;
            (waiter.State, waiter.Place) = (WaiterState.Out, null);
            return place;
        }
    }

    /// <summary>Hands a place to the first that takes it.</summary>
    /// <returns>Who got it, and is to be woken when no lock is held; null when nobody takes it.</returns>
    public Waiter? Hand(TPlace place)
    {
        lock (_lock)
        {
            for (var waiter = _first; waiter is not null; waiter = waiter.Next)
            {
                if (waiter.Takes(place))
                {
                    Remove_NeedsLock(waiter);
                    (waiter.State, waiter.Place) = (WaiterState.Served, place);
                    return waiter;
                }
            }

            return null;
        }
    }

    /// <summary>Lets everyone go without a place, as when there will be none. Whoever is woken is to call <see cref="Leave"/>.</summary>
    public void Dismiss()
    {
        while (true)
        {
            Waiter? waiter;
            lock (_lock)
            {
                waiter = _first;
                if (waiter is null)
                {
                    return;
                }

                Remove_NeedsLock(waiter);
                waiter.State = WaiterState.Dismissed;
            }

            waiter.Wake();
        }
    }

    private void Remove_NeedsLock(Waiter waiter)
    {
        _ = waiter.Previous is null ? _first = waiter.Next : waiter.Previous.Next = waiter.Next;
        _ = waiter.Next is null ? _last = waiter.Previous : waiter.Next.Previous = waiter.Previous;
        (waiter.Previous, waiter.Next) = (null, null);
        _count--;
    }

    /// <summary>One that waits. It is its own place in the queue, so that to wait allocates nothing.</summary>
    internal abstract class Waiter
    {
        /// <summary>Where it is.</summary>
        public WaiterState State { get; internal set; }

        internal TPlace? Place { get; set; }

        internal Waiter? Previous { get; set; }

        internal Waiter? Next { get; set; }

        /// <summary>Whether it takes this place. It is asked under the lock, so it must not wait.</summary>
        public abstract bool Takes(TPlace place);

        /// <summary>It has a place, or need not wait any more. Is called by another thread, without a lock.</summary>
        public abstract void Wake();
    }
}

/// <summary>Where one that waits is.</summary>
internal enum WaiterState : byte
{
    /// <summary>Not in the queue.</summary>
    Out,

    /// <summary>In the queue.</summary>
    Waiting,

    /// <summary>It got a place.</summary>
    Served,

    /// <summary>It was let go without one.</summary>
    Dismissed,
}
