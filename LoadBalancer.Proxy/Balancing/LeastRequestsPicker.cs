using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>The one with the fewest requests in flight for its weight; of several such, one by lot, each with a chance in proportion to its weight.</summary>
/// <param name="weights">The weights of the candidates.</param>
internal sealed class LeastRequestsPicker(ReadOnlySpan<double> weights) : Picker
{
    private readonly double[] _weights = weights.ToArray();

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        var (least, found, tied, dice) = (double.PositiveInfinity, -1, 0.0, context.Dice);
        for (var i = 0; i < context.Candidates.Length; i++)
        {
            if (context.Tried.Contains(i))
            {
                continue;
            }

            var load = LoadOf(context.Candidates[i], _weights[i]);
            if (load < least)
            {
                (least, found, tied) = (load, i, _weights[i]);
            }
            else if (load == least)
            {
                tied += _weights[i];
                dice = Dice.Remix(dice);

                // Each takes the place of those before with its share of all up to it: in the end all have theirs.
                found = Dice.Share(dice) * tied < _weights[i] ? i : found;
            }
        }

        return found;
    }

    /// <summary>The requests in flight for each unit of weight.</summary>
    public static double LoadOf(Destination destination, double weight) => destination.Load.InFlight / weight;
}
