using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Which destinations a request has tried, and which one is next. A part of <see cref="Attempts"/>, used in place like it.</summary>
internal struct Choice
{
    private Cluster _cluster;
    private Affinity _affinity;
    private Standing? _standing;
    private Tried _tried;
    private Tried _unreached;

    /// <summary>Begins a request.</summary>
    public void Begin(Cluster cluster, Affinity affinity)
    {
        this = default;
        _cluster = cluster;
        _affinity = affinity;
    }

    /// <summary>Picks a destination and takes an attempt on it up.</summary>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <param name="after">The destination that has just failed: when all were tried, one that took the request may then get it again. Null when it may not.</param>
    /// <param name="member">The destination.</param>
    /// <returns>False when there is none.</returns>
    public bool TryBegin(long now, ulong dice, Destination? after, out Member member)
    {
        // Read anew for each attempt, so that a verdict reached meanwhile counts.
        Follow(_cluster.Standing);
        while (true)
        {
            var index = _standing!.Pick(_tried, _affinity.Hash, dice, now);
            if (index < 0 && after is not null)
            {
                index = PickAgain(after, now, dice);
            }

            if (index < 0)
            {
                member = default;
                return false;
            }

            _tried.Add(index);
            member = _standing.Available[index];
            if (member.Destination.TryBegin(_standing.Tolerated))
            {
                return true;
            }

            _unreached.Add(index);
            dice = Dice.Remix(dice);
        }
    }

    /// <summary>Notes that a destination got nothing of the request: it gets no second chance.</summary>
    public void NoteUnreached(Destination destination)
    {
        if (_standing!.IndexOf(destination) is >= 0 and var index)
        {
            _unreached.Add(index);
        }
    }

    /// <summary>Gives back what was rented.</summary>
    public void Clear()
    {
        _tried.Clear();
        _unreached.Clear();
    }

    // One that took the request may get it again; of several, not the one that has just failed.
    private readonly int PickAgain(Destination after, long now, ulong dice)
    {
        var (count, last) = (_standing!.Available.Length, _standing.IndexOf(after));
        Tried excluded = default;
        excluded.AddAll(_unreached, count);
        if (last >= 0 && excluded.CountBelow(count) < count - 1)
        {
            excluded.Add(last);
        }

        // The picker would take a pick with nothing excluded for a first attempt, and count a turn.
        var index = excluded.IsEmpty ? (int)Math.BigMul(dice, (ulong)count, out _) - (count == 0 ? 1 : 0) : _standing.Pick(excluded, _affinity.Hash, dice, now);
        excluded.Clear();
        return index;
    }

    // What was tried is noted by its place in the standing. In another standing the same destinations may have other places.
    private void Follow(Standing standing)
    {
        if (ReferenceEquals(standing, _standing))
        {
            return;
        }

        if (_standing is { } before)
        {
            var (tried, unreached) = (_tried, _unreached);
            (_tried, _unreached) = (default, default);
            for (var from = 0; from < before.Available.Length; from++)
            {
                if (tried.Contains(from) && standing.IndexOf(before.Available[from].Destination) is >= 0 and var to)
                {
                    _tried.Add(to);
                    if (unreached.Contains(from))
                    {
                        _unreached.Add(to);
                    }
                }
            }

            tried.Clear();
            unreached.Clear();
        }

        _standing = standing;
    }
}
