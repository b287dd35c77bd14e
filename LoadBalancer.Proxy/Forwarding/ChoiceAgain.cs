using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Picks after the first one. Whoever asked for no requests until later (<c>Retry-After</c>) is spared as long as there is another.</summary>
internal partial struct Choice
{
    /// <summary>
    /// Until when those that are left to ask want no requests: destinations that were not tried, or else those that may be asked again.
    /// A time that has passed where one of them takes some now, or none is left.
    /// </summary>
    public readonly long HeldOffUntil
    {
        get
        {
            var (untried, again) = (long.MaxValue, long.MaxValue);
            for (var index = 0; _standing is { } standing && index < standing.Available.Length; index++)
            {
                ref var until = ref _tried.Contains(index) ? ref again : ref untried;
                if (!_unreached.Contains(index))
                {
                    until = Math.Min(until, standing.Available[index].Destination.Load.HeldOffUntil);
                }
            }

            return untried != long.MaxValue ? untried : again != long.MaxValue ? again : long.MinValue;
        }
    }

    private readonly int PickUntried(long now, ulong dice)
    {
        // The first pick is the picker's own: it takes a turn, and knows what it makes of such a destination.
        if (!_tried.IsEmpty)
        {
            var count = _standing!.Available.Length;
            Tried excluded = default;
            excluded.AddAll(_tried, count);
            var index = AddHeldOff(ref excluded, count, now) ? _standing.Pick(excluded, Affinity.Hash, dice, now) : -1;
            excluded.Clear();
            if (index >= 0)
            {
                return index;
            }
        }

        return _standing!.Pick(_tried, Affinity.Hash, dice, now);
    }

    // One that took the request may get it again; of several, not the one that has just failed.
    private readonly int PickAgain(Destination after, in Tried full, long now, ulong dice)
    {
        var (count, last) = (_standing!.Available.Length, _standing.IndexOf(after));
        Tried excluded = default;
        excluded.AddAll(_unreached, count);
        excluded.AddAll(full, count);
        AddHeldOff(ref excluded, count, now);
        if (last >= 0 && excluded.CountBelow(count) < count - 1)
        {
            excluded.Add(last);
        }

        // The picker would take a pick with nothing excluded for a first attempt, and count a turn.
        var index = excluded.IsEmpty ? (int)Math.BigMul(dice, (ulong)count, out _) - (count == 0 ? 1 : 0) : _standing.Pick(excluded, Affinity.Hash, dice, now);
        excluded.Clear();
        return index;
    }

    // Unless nobody would be left. True when it has added one.
    private readonly bool AddHeldOff(ref Tried excluded, int count, long now)
    {
        var (added, left) = (false, 0);
        for (var index = 0; index < count; index++)
        {
            left += excluded.Contains(index) || _standing!.Available[index].Destination.Load.IsHeldOff(now) ? 0 : 1;
        }

        for (var index = 0; left > 0 && index < count; index++)
        {
            if (!excluded.Contains(index) && _standing!.Available[index].Destination.Load.IsHeldOff(now))
            {
                excluded.Add(index);
                added = true;
            }
        }

        return added;
    }
}
