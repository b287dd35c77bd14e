using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>One after the other. Exact: of k·n first picks among n candidates each gets k, however many threads pick at once.</summary>
/// <param name="turnsTaken">How many turns are held to be over; the first pick takes the next.</param>
internal sealed class RoundRobinPicker(long turnsTaken = 0) : Picker
{
    private long _next = turnsTaken - 1;

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        if (context.Candidates.IsEmpty || !context.Tried.IsEmpty)
        {
            // A further attempt takes no turn of the first ones: with one destination failing, it would always be its neighbour's turn that is lost.
            // Nor are further attempts counted off: in step with the failures, they would fall on the same destination again and again.
            return context.PickUntried();
        }

        var turn = (ulong)Interlocked.Increment(ref _next);
        return (int)(turn % (ulong)context.Candidates.Length);
    }
}
