using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>
/// One after the other, as often as the weights say. Exact: of k·n first picks among n candidates of equal weight each gets k, however many threads pick at once.
/// </summary>
internal sealed class RoundRobinPicker : Picker
{
    private readonly SmoothSchedule _schedule;
    private readonly WeightedDraw _draw;
    private readonly Turns _turns;

    private RoundRobinPicker(ReadOnlySpan<double> weights, Turns turns)
    {
        _schedule = new SmoothSchedule(weights);
        _draw = new WeightedDraw(weights);
        _turns = turns;
    }

    /// <summary>Makes a picker. The turns of the previous one go on: if each new picker began with the first candidate, changes that come often would favour it.</summary>
    /// <param name="weights">The weights of the candidates.</param>
    /// <param name="previous">The picker before.</param>
    /// <param name="turnsTaken">How many turns are held to be over where there was none before; the first pick takes the next.</param>
    public static RoundRobinPicker Create(ReadOnlySpan<double> weights, Picker? previous = null, long turnsTaken = 0) =>
        new(weights, previous is RoundRobinPicker before ? before._turns : new Turns { Last = turnsTaken - 1 });

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        if (context.Candidates.IsEmpty || !context.Tried.IsEmpty)
        {
            // A further attempt takes no turn of the first ones: with one destination failing, it would always be its neighbour's turn that is lost.
            // Nor are further attempts counted off: in step with the failures, they would fall on the same destination again and again.
            return _draw.Pick(context);
        }

        return _schedule.OwnerOf((ulong)Interlocked.Increment(ref _turns.Last));
    }

    /// <inheritdoc />
    public override int Peek(in PickContext context) =>
        context.Candidates.IsEmpty || !context.Tried.IsEmpty ? Pick(context) : _schedule.OwnerOf((ulong)Volatile.Read(ref _turns.Last) + 1);

    // Shared by all pickers of a cluster, one after the other: a request that still holds the one before takes its turn all the same.
    private sealed class Turns
    {
        public long Last;
    }
}
