using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Draws two different candidates that were not tried, each by its weight.</summary>
/// <param name="weights">The weights of the candidates.</param>
internal sealed class TwoChoices(ReadOnlySpan<double> weights)
{
    // Where one candidate is much heavier than the rest, it may be drawn for long; then the second is any other.
    private const int MostDraws = 8;

    private readonly WeightedDraw _draw = new(weights);
    private readonly double[] _weights = weights.ToArray();

    public double WeightOf(int index) => _weights[index];

    /// <returns>Their indices; -1 for what is not there.</returns>
    public (int First, int Second) Draw(in PickContext context)
    {
        var first = _draw.Pick(context);
        var count = context.Candidates.Length;
        if (first < 0 || count == 1)
        {
            return (first, -1);
        }

        var dice = context.Dice;
        for (var draws = 0; draws < MostDraws; draws++)
        {
            dice = Dice.Remix(dice);
            var second = _draw.Draw(count, dice);
            if (second != first && !context.Tried.Contains(second))
            {
                return (first, second);
            }
        }

        return (first, PickAnyBut(first, context, Dice.Remix(dice)));
    }

    private static int PickAnyBut(int first, in PickContext context, ulong dice)
    {
        var count = context.Candidates.Length;
        var left = count - context.Tried.CountBelow(count) - 1;
        var skip = (int)Math.BigMul(dice, (ulong)left, out _);
        for (var index = 0; index < count; index++)
        {
            if (index != first && !context.Tried.Contains(index) && skip-- == 0)
            {
                return index;
            }
        }

        return -1;
    }
}
