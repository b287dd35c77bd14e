using System.Numerics;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>
/// How long answers took in the last while, as counts over times that grow by a fifth each: exact enough for who is several times as slow as others.
/// Counted without a lock; a short one is taken when a part of the window begins anew. Times are in ticks of 100 ns, and handed in.
/// </summary>
/// <param name="window">The while.</param>
internal sealed class LatencyWindow(TimeSpan window)
{
    private const int Slots = 10;
    private const int PerOctave = 4;

    // From 51.2 us, below which nobody tells destinations apart, up to two minutes.
    private const int FirstOctave = 9;
    private const int Octaves = 21;
    private const int Buckets = PerOctave * Octaves;

    private readonly long _slotTicks = Math.Max(1, window.Ticks / Slots);
    private readonly Lock _lock = new();
    private readonly long[] _numbers = new long[Slots];
    private readonly int[] _counts = new int[Slots * Buckets];

    /// <summary>Takes in how long one answer took.</summary>
    public void Add(long elapsed, long now)
    {
        var number = now / _slotTicks;
        var slot = (int)(number % Slots);
        if (Volatile.Read(ref _numbers[slot]) != number)
        {
            Renew(slot, number);
        }

        Interlocked.Increment(ref _counts[(slot * Buckets) + BucketOf(elapsed)]);
    }

    /// <summary>How many answers there were, and what a share of them, by default half, took no longer than.</summary>
    public (long Count, long Quantile) Read(long now, double share = 0.5)
    {
        Span<int> counts = stackalloc int[Buckets];
        var total = Sum(counts, now);
        var left = total * share;
        for (var bucket = 0; bucket < Buckets && total > 0; bucket++)
        {
            if (counts[bucket] >= left)
            {
                var (from, to) = (LowerBound(bucket), LowerBound(bucket + 1));
                return (total, (long)(from + ((to - from) * left / counts[bucket])));
            }

            left -= counts[bucket];
        }

        return (total, 0);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Array.Clear(_counts);
        }
    }

    private long Sum(Span<int> counts, long now)
    {
        var total = 0L;
        var last = now / _slotTicks;
        for (var slot = 0; slot < Slots; slot++)
        {
            if (Volatile.Read(ref _numbers[slot]) is var number && number > last - Slots && number <= last)
            {
                for (var bucket = 0; bucket < Buckets; bucket++)
                {
                    var count = Volatile.Read(ref _counts[(slot * Buckets) + bucket]);
                    counts[bucket] += count;
                    total += count;
                }
            }
        }

        return total;
    }

    private void Renew(int slot, long number)
    {
        lock (_lock)
        {
            if (_numbers[slot] != number)
            {
                Array.Clear(_counts, slot * Buckets, Buckets);
                Volatile.Write(ref _numbers[slot], number);
            }
        }
    }

    private static int BucketOf(long elapsed)
    {
        if (elapsed < 1L << FirstOctave)
        {
            return 0;
        }

        var octave = BitOperations.Log2((ulong)elapsed);
        var part = (int)(elapsed >> (octave - 2)) & (PerOctave - 1);
        return Math.Min(((octave - FirstOctave) * PerOctave) + part, Buckets - 1);
    }

    private static double LowerBound(int bucket) => bucket == 0 ? 0 : (1L << ((bucket / PerOctave) + FirstOctave)) * (1 + (bucket % PerOctave / (double)PerOctave));
}
