namespace LoadBalancer.Proxy.Resilience;

/// <summary>How many attempts there were in the last while, and how many of them failed. Counted without a lock; times are in ticks of 100 ns, and handed in.</summary>
/// <param name="window">The while.</param>
internal sealed class SlidingRate(TimeSpan window)
{
    private const int Slots = 10;

    // A slot is one word, so that it is begun anew and counted in one step: its number in time, the attempts, the failures.
    private const int CountBits = 20;
    private const long MostCount = (1L << CountBits) - 1;
    private const long EpochMask = (1L << 24) - 1;

    private readonly long _slotTicks = Math.Max(1, window.Ticks / Slots);
    private readonly long[] _slots = new long[Slots];

    /// <summary>Counts an attempt.</summary>
    public void Add(bool failed, long now)
    {
        var number = now / _slotTicks;
        ref var slot = ref _slots[number % Slots];
        while (true)
        {
            var before = Volatile.Read(ref slot);
            var (total, failures) = EpochOf(before) == (number & EpochMask) ? (TotalOf(before), FailuresOf(before)) : (0, 0);
            if (total == MostCount || Interlocked.CompareExchange(ref slot, Pack(number, total + 1, failures + (failed ? 1 : 0)), before) == before)
            {
                return;
            }
        }
    }

    /// <summary>Reads the counts.</summary>
    public (long Total, long Failures) Read(long now)
    {
        var (total, failures) = (0L, 0L);
        var last = now / _slotTicks;
        for (var number = Math.Max(0, last - Slots + 1); number <= last; number++)
        {
            var slot = Volatile.Read(ref _slots[number % Slots]);
            if (EpochOf(slot) == (number & EpochMask))
            {
                total += TotalOf(slot);
                failures += FailuresOf(slot);
            }
        }

        return (total, failures);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        for (var i = 0; i < Slots; i++)
        {
            Volatile.Write(ref _slots[i], 0);
        }
    }

    private static long Pack(long number, long total, long failures) => ((number & EpochMask) << (2 * CountBits)) | (total << CountBits) | failures;

    private static long EpochOf(long slot) => (slot >> (2 * CountBits)) & EpochMask;

    private static long TotalOf(long slot) => (slot >> CountBits) & MostCount;

    private static long FailuresOf(long slot) => slot & MostCount;
}
