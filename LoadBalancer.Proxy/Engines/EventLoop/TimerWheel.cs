using System.Numerics;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The timers of one loop, by whole milliseconds.</summary>
/// <remarks>
/// A hierarchical timing wheel (Varghese and Lauck, 1987): six levels of 64 places, of which each place of a level is a turn of the one below.
/// A timer is a number into arrays, linked into the list of its place. Deadlines mostly move on, so a timer that is set to a later time
/// stays where it is, and moves only when its place comes. Nothing is allocated but when there are more timers than ever before.
/// </remarks>
internal sealed class TimerWheel
{
    /// <summary>The time of a timer that is off.</summary>
    public const long Never = long.MaxValue;

    private const int Bits = 6;
    private const int Places = 1 << Bits;
    private const int Levels = 6;
    private const int Nowhere = -1;

    private readonly int[] _first = new int[Levels * Places];
    private readonly ulong[] _occupied = new ulong[Levels];
    private Timer[] _timers = new Timer[64];
    private int _free = Nowhere;
    private int _count;
    private long _elapsed;

    public TimerWheel() => Array.Fill(_first, Nowhere);

    /// <summary>How many timers there are.</summary>
    public int Count { get; private set; }

    /// <summary>When to call <see cref="Advance"/> next, in milliseconds: no timer is due before. <see cref="Never"/> when none is set.</summary>
    public long NextAt
    {
        get
        {
            var next = Never;
            for (var level = 0; level < Levels; level++)
            {
                if (_occupied[level] == 0)
                {
                    continue;
                }

                // Of the places from the present one on, around the wheel.
                var shift = level * Bits;
                var present = (int)(_elapsed >> shift) & (Places - 1);
                var ahead = BitOperations.TrailingZeroCount(BitOperations.RotateRight(_occupied[level], present));
                next = Math.Min(next, ((_elapsed >> shift) + ahead) << shift);
            }

            return next;
        }
    }

    /// <summary>A timer that is off.</summary>
    public int Rent(Timed owner)
    {
        var timer = _free;
        if (timer == Nowhere)
        {
            timer = _count++;
            if (timer == _timers.Length)
            {
                Array.Resize(ref _timers, _timers.Length * 2);
            }
        }
        else
        {
            _free = _timers[timer].Next;
        }

        _timers[timer] = new Timer { Owner = owner, DueAt = Never, Place = Nowhere };
        Count++;
        return timer;
    }

    /// <summary>Takes a timer back.</summary>
    public void Return(int timer)
    {
        Unlink(timer);
        _timers[timer] = new Timer { Next = _free, Place = Nowhere };
        _free = timer;
        Count--;
    }

    /// <summary>Sets a timer, whatever it was set to before.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="at">When it is due, in milliseconds; <see cref="Never"/> to turn it off.</param>
    public void Set(int timer, long at)
    {
        ref var it = ref _timers[timer];
        it.DueAt = at;
        if (at == Never || (it.Place != Nowhere && it.LinkedAt <= at))
        {
            return;
        }

        Unlink(timer);
        Link(timer, at);
    }

    /// <summary>Turns the timers off that are due, and tells of their owners.</summary>
    /// <param name="now">The time, in milliseconds.</param>
    /// <param name="due">Is called for each.</param>
    public void Advance(long now, Action<Timed> due)
    {
        while (NextAt is var next && next <= now)
        {
            _elapsed = Math.Max(_elapsed, next);
            for (var level = Levels - 1; level >= 0; level--)
            {
                var place = (level * Places) + ((int)(_elapsed >> (level * Bits)) & (Places - 1));

                // A higher level's place is looked at when its turn begins.
                if (_first[place] != Nowhere && (level == 0 || (_elapsed & ((1L << (level * Bits)) - 1)) == 0))
                {
                    Empty(place, due);
                }
            }
        }

        _elapsed = Math.Max(_elapsed, now);
    }

    private void Empty(int place, Action<Timed> due)
    {
        while (_first[place] is not Nowhere and var timer)
        {
            Unlink(timer);
            ref var it = ref _timers[timer];
            if (it.DueAt == Never)
            {
                continue;
            }

            if (it.DueAt > _elapsed)
            {
                Link(timer, it.DueAt);
                continue;
            }

            it.DueAt = Never;
            due(it.Owner!);
        }
    }

    private void Link(int timer, long at)
    {
        // What is due already comes with the next tick; what is too far away is looked at again before the highest level has turned.
        var when = Math.Clamp(at, _elapsed + 1, _elapsed + ((Places - 1L) << ((Levels - 1) * Bits)));
        var level = Math.Min((63 - BitOperations.LeadingZeroCount((ulong)(_elapsed ^ when) | (Places - 1))) / Bits, Levels - 1);
        var index = (int)(when >> (level * Bits)) & (Places - 1);
        var place = (level * Places) + index;
        ref var it = ref _timers[timer];
        (it.Place, it.LinkedAt, it.Previous, it.Next) = (place, when, Nowhere, _first[place]);
        if (it.Next != Nowhere)
        {
            _timers[it.Next].Previous = timer;
        }

        _first[place] = timer;
        _occupied[level] |= 1UL << index;
    }

    private void Unlink(int timer)
    {
        ref var it = ref _timers[timer];
        if (it.Place == Nowhere)
        {
            return;
        }

        if (it.Previous == Nowhere)
        {
            _first[it.Place] = it.Next;
            if (it.Next == Nowhere)
            {
                _occupied[it.Place / Places] &= ~(1UL << (it.Place % Places));
            }
        }
        else
        {
            _timers[it.Previous].Next = it.Next;
        }

        if (it.Next != Nowhere)
        {
            _timers[it.Next].Previous = it.Previous;
        }

        it.Place = Nowhere;
    }

    private struct Timer
    {
        public Timed? Owner;
        public long DueAt;
        public long LinkedAt;
        public int Place;
        public int Previous;
        public int Next;
    }
}
