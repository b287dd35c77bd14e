using System.Numerics;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Places that count the same, so that processors seldom write to the same one: each thread has one by its number.</summary>
internal static class Stripes
{
    /// <summary>How many places there are: a power of two, enough for the processors, or as many as there may be.</summary>
    public static int CountFor(int most) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, most));

    /// <summary>The place of the present thread, of so many.</summary>
    public static int Own(int count) => Environment.CurrentManagedThreadId & (count - 1);
}
