using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>
/// The same key, the same destination. With bounded load, one that has more than its share of the requests in flight passes further keys on to the next of the ring.
/// </summary>
/// <remarks>Bounded loads: Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2016.</remarks>
internal sealed class ConsistentHashPicker : Picker
{
    // So few requests are no load: the parallel requests of one client stay together when there is nobody else.
    private const int AlwaysAllowed = 4;

    // Going round, another owner comes after a few points. Where so many went by without one that is allowed, requests end faster than they are counted.
    private const int MostPointsForEach = 16;

    private readonly HashRing _ring;
    private readonly WeightedDraw _draw;
    private readonly double[] _weights;
    private readonly double _balanceFactor;
    private readonly double _totalWeight;

    /// <param name="members">The candidates.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="balanceFactor">How many times its share one may have; zero for any.</param>
    public ConsistentHashPicker(ReadOnlySpan<Member> members, ReadOnlySpan<double> weights, double balanceFactor)
    {
        _ring = new HashRing(members, weights);
        _draw = new WeightedDraw(weights);
        _weights = weights.ToArray();
        _balanceFactor = balanceFactor;
        foreach (var weight in weights)
        {
            _totalWeight += weight;
        }
    }

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        var count = context.Candidates.Length;
        if (context.Hash is not { } key || count == 0)
        {
            return _draw.Pick(context);
        }

        if (context.Tried.CountBelow(count) == count)
        {
            return -1;
        }

        var (first, total, start) = (-1, -1, _ring.Find(key));
        for (var step = 0; step < _ring.Count && (first < 0 || step < MostPointsForEach * count); step++)
        {
            var owner = _ring.OwnerOf(start + step);
            if (!context.Tried.Contains(owner))
            {
                if (IsAllowed(context, owner, ref total))
                {
                    return owner;
                }

                first = first < 0 ? owner : first;
            }
        }

        return first;
    }

    // How many are in flight in all is counted only when it matters.
    private bool IsAllowed(in PickContext context, int owner, ref int total)
    {
        var wouldHave = context.Candidates[owner].Load.InFlight + 1;
        if (_balanceFactor == 0 || wouldHave <= AlwaysAllowed)
        {
            return true;
        }

        if (total < 0)
        {
            total = 1;
            foreach (var candidate in context.Candidates)
            {
                total += candidate.Load.InFlight;
            }
        }

        return wouldHave <= Math.Ceiling(_balanceFactor * total * _weights[owner] / _totalWeight);
    }
}
