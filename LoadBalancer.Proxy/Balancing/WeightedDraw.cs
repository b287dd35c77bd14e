using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Draws a candidate by lot, each with a chance in proportion to its weight.</summary>
internal sealed class WeightedDraw
{
    // The weight of all candidates up to this one; null when all have the same chance.
    private readonly double[]? _upTo;

    /// <param name="weights">The weights of the candidates, all above zero.</param>
    public WeightedDraw(ReadOnlySpan<double> weights)
    {
        if (weights.IsEmpty || weights.IndexOfAnyExcept(weights[0]) < 0)
        {
            return;
        }

        _upTo = new double[weights.Length];
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            _upTo[i] = sum += weights[i];
        }
    }

    /// <summary>Draws one that was not tried.</summary>
    /// <returns>Its index, or -1 when there is none.</returns>
    public int Pick(in PickContext context)
    {
        if (context.Tried.IsEmpty)
        {
            return context.Candidates.IsEmpty ? -1 : Draw(context.Candidates.Length, context.Dice);
        }

        return _upTo is null ? context.PickUntried() : DrawUntried(context);
    }

    /// <summary>Draws one of all.</summary>
    /// <param name="count">How many there are, at least one.</param>
    /// <param name="dice">64 random bits.</param>
    public int Draw(int count, ulong dice)
    {
        if (_upTo is null)
        {
            return (int)Math.BigMul(dice, (ulong)count, out _);
        }

        var index = Array.BinarySearch(_upTo, Dice.Share(dice) * _upTo[^1]);

        // Exactly at the end of one's part is the beginning of the next one's.
        return Math.Min(index < 0 ? ~index : index + 1, _upTo.Length - 1);
    }

    private int DrawUntried(in PickContext context)
    {
        var sum = 0.0;
        for (var i = 0; i < _upTo!.Length; i++)
        {
            sum += context.Tried.Contains(i) ? 0 : WeightOf(i);
        }

        var (left, last) = (Dice.Share(context.Dice) * sum, -1);
        for (var i = 0; i < _upTo.Length; i++)
        {
            if (!context.Tried.Contains(i))
            {
                last = i;
                left -= WeightOf(i);
                if (left < 0)
                {
                    break;
                }
            }
        }

        return last;
    }

    private double WeightOf(int index) => index == 0 ? _upTo![0] : _upTo![index] - _upTo[index - 1];
}
