namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// How long answers take, with a memory for the worst: a sample above the average becomes the average at once, and one below it moves it slowly.
/// Without samples it fades, so that one that was slow is tried again some time.
/// </summary>
/// <remarks>Times are in ticks of 100 ns. Value and time are one word, so that no lock is needed.</remarks>
internal sealed class PeakLatency
{
    // After so long, a third is left of what was before.
    private const double Memory = 5.0 * TimeSpan.TicksPerSecond;

    // Who has requests and says nothing may hang: what is known of it fades slowly, or it would soon look like the quickest of all.
    private const double MemoryWhileBusy = 60.0 * TimeSpan.TicksPerSecond;

    // The clock of what is kept: 32 bits of it come round after more than a year.
    private const long Unit = 10 * TimeSpan.TicksPerMillisecond;

    // The upper half is the average as a float, the lower one when it was worked out.
    private long _state;

    /// <summary>Whether there was a sample.</summary>
    public bool IsKnown => Volatile.Read(ref _state) != 0;

    /// <summary>The average as of now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isBusy">Whether answers are waited for.</param>
    public double At(long now, bool isBusy = false) => Faded(Volatile.Read(ref _state), now, isBusy ? MemoryWhileBusy : Memory);

    /// <summary>Takes a sample in.</summary>
    public void Add(long sample, long now)
    {
        while (true)
        {
            var before = Volatile.Read(ref _state);
            var faded = Faded(before, now, Memory);
            var average = sample >= faded ? sample : faded + (sample * (1 - Left(before, now, Memory)));
            if (Interlocked.CompareExchange(ref _state, Pack(average, now), before) == before)
            {
                return;
            }
        }
    }

    private static double Faded(long state, long now, double memory) => BitConverter.UInt32BitsToSingle((uint)(state >>> 32)) * Left(state, now, memory);

    // Whoever read the clock first may come second: then no time has passed.
    private static double Left(long state, long now, double memory) => Math.Exp(-(double)Math.Max(0, unchecked((int)(ClockOf(now) - (uint)state))) * Unit / memory);

    // An average of zero would be none at all.
    private static long Pack(double average, long now) => ((long)BitConverter.SingleToUInt32Bits((float)Math.Max(average, 1)) << 32) | ClockOf(now);

    private static uint ClockOf(long now) => unchecked((uint)(now / Unit));
}
