using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>One after the other. Exact: of k·n picks among n candidates each gets k, however many threads pick at once.</summary>
/// <param name="turnsTaken">How many turns are held to be over; the first pick takes the next.</param>
public sealed class RoundRobinPicker(long turnsTaken = 0) : DestinationPicker
{
    private long _next = turnsTaken - 1;
    private long _nextAgain = -1;

    /// <inheritdoc />
    public override Destination Pick(ReadOnlySpan<Destination> candidates)
    {
        var turn = (ulong)Interlocked.Increment(ref _next);
        return candidates[(int)(turn % (ulong)candidates.Length)];
    }

    /// <inheritdoc />
    public override Destination PickAgain(ReadOnlySpan<Destination> candidates)
    {
        // A further attempt takes no turn of the first attempts: with one destination failing, it would always be its neighbour's turn that is lost.
        // Nor are further attempts counted off: in step with the failures, they would fall on the same destination again and again.
        var turn = Scramble((ulong)Interlocked.Increment(ref _nextAgain));
        return candidates[(int)Math.BigMul(turn, (ulong)candidates.Length, out _)];
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): neighbours in, unrelated numbers out.
    private static ulong Scramble(ulong number)
    {
        number = unchecked((number + 1) * 0x9E3779B97F4A7C15);
        number = unchecked((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9);
        number = unchecked((number ^ (number >> 27)) * 0x94D049BB133111EB);
        return number ^ (number >> 31);
    }
}
