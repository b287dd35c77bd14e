namespace LoadBalancer.Proxy.Balancing;

/// <summary>The 64 random bits that a pick is given, and more out of them.</summary>
internal static class Dice
{
    /// <summary>64 random bits.</summary>
    public static ulong Roll(Random random) => ((ulong)random.NextInt64() << 1) | (uint)random.Next(2);

    /// <summary>The next 64 bits: the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).</summary>
    public static ulong Remix(ulong dice)
    {
        dice = unchecked(dice + 0x9E3779B97F4A7C15);
        dice = unchecked((dice ^ (dice >> 30)) * 0xBF58476D1CE4E5B9);
        dice = unchecked((dice ^ (dice >> 27)) * 0x94D049BB133111EB);
        return dice ^ (dice >> 31);
    }

    /// <summary>A number from 0 to 1 that is not 1: the upper 53 bits.</summary>
    public static double Share(ulong dice) => (dice >> 11) * (1.0 / (1UL << 53));
}
