using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>One after the other. Exact: of k·n picks among n candidates each gets k, however many threads pick at once.</summary>
public sealed class RoundRobinPicker : DestinationPicker
{
    private long _next = -1;

    /// <inheritdoc />
    public override Destination Pick(ReadOnlySpan<Destination> candidates)
    {
        // A further attempt takes a turn of its own, so that what a failed destination leaves is spread over all the others, not heaped on its neighbour.
        var turn = (ulong)Interlocked.Increment(ref _next);
        return candidates[(int)(turn % (ulong)candidates.Length)];
    }
}
