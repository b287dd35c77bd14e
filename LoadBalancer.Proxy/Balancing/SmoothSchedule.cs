namespace LoadBalancer.Proxy.Balancing;

/// <summary>
/// Whose turn it is: a round, repeated for ever, in which each destination comes exactly as often as its weight says, evenly spread.
/// Weights 5, 1, 1 give <c>a a b a c a a</c>, never <c>a a a a a b c</c>. Everything is worked out beforehand, so that a turn needs no lock.
/// </summary>
internal sealed class SmoothSchedule
{
    // Parts of a weight, which destinations have while they warm up, are counted in thousandths of it.
    private const int Precision = 1000;

    // A round that is written down turn by turn takes memory for each turn, and as many steps for each as there are destinations.
    private const int MostTurns = 10_000;
    private const long MostSteps = 1_000_000;

    private const double GoldenRatio = 0.618_033_988_749_894_9;

    private readonly int _count;
    private readonly int[]? _round;
    private readonly long[] _upTo = [];
    private readonly ulong _length;
    private readonly ulong _stride;

    /// <param name="weights">The weights of the candidates, all above zero.</param>
    public SmoothSchedule(ReadOnlySpan<double> weights)
    {
        _count = weights.Length;
        if (weights.IsEmpty || weights.IndexOfAnyExcept(weights[0]) < 0)
        {
            return;
        }

        var turns = ToTurns(weights);
        var total = Sum(turns);
        if (total <= MostTurns && total * turns.Length <= MostSteps)
        {
            _round = Spread(turns, (int)total);
            return;
        }

        (_length, _upTo, _stride) = ((ulong)total, UpTo(turns), StrideOf((ulong)total));
    }

    /// <summary>Whose turn this is, as an index. There must be candidates.</summary>
    /// <param name="turn">The number of the turn.</param>
    public int OwnerOf(ulong turn)
    {
        if (_round is { } round)
        {
            return round[turn % (ulong)round.Length];
        }

        if (_length == 0)
        {
            return (int)(turn % (ulong)_count);
        }

        // Everyone has a stretch of the round as long as its weight. Strides of the golden ratio come to each place once in a round, and spread evenly before that.
        var place = (long)(turn % _length * _stride % _length);
        var index = Array.BinarySearch(_upTo, place);
        return index < 0 ? ~index : index + 1;
    }

    // Over their common divisor: the shorter the round, the sooner everyone had its share.
    private static long[] ToTurns(ReadOnlySpan<double> weights)
    {
        var (sum, areWhole) = (0.0, true);
        foreach (var weight in weights)
        {
            sum += weight;
            areWhole &= weight == Math.Floor(weight);
        }

        // A place times a stride must be within 64 bits.
        var scale = Math.Min(areWhole ? 1 : Precision, int.MaxValue / sum);
        var turns = new long[weights.Length];
        var divisor = 0L;
        for (var i = 0; i < turns.Length; i++)
        {
            turns[i] = Math.Max(1, (long)Math.Round(weights[i] * scale));
            divisor = GreatestCommonDivisor(divisor, turns[i]);
        }

        return Array.ConvertAll(turns, count => count / divisor);
    }

    // The smooth weighted round robin of nginx: everyone gains its weight at each turn, the richest has the turn and pays the total.
    private static int[] Spread(long[] turns, int total)
    {
        var round = new int[total];
        var credit = new long[turns.Length];
        for (var turn = 0; turn < total; turn++)
        {
            var richest = 0;
            for (var i = 0; i < turns.Length; i++)
            {
                credit[i] += turns[i];
                richest = credit[i] > credit[richest] ? i : richest;
            }

            credit[richest] -= total;
            round[turn] = richest;
        }

        return round;
    }

    private static long[] UpTo(long[] turns)
    {
        var (upTo, sum) = (new long[turns.Length], 0L);
        for (var i = 0; i < turns.Length; i++)
        {
            upTo[i] = sum += turns[i];
        }

        return upTo;
    }

    // Without a common divisor with the length, it leads to every place before it comes to the first again.
    private static ulong StrideOf(ulong length)
    {
        var stride = (ulong)(length * GoldenRatio);
        while (GreatestCommonDivisor((long)length, (long)stride) != 1)
        {
            stride++;
        }

        return stride;
    }

    private static long Sum(long[] turns)
    {
        var sum = 0L;
        foreach (var count in turns)
        {
            sum += count;
        }

        return sum;
    }

    private static long GreatestCommonDivisor(long left, long right)
    {
        while (right != 0)
        {
            (left, right) = (right, left % right);
        }

        return left;
    }
}
