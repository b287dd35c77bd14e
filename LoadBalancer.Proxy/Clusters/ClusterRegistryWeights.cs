using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Gives destinations the weights that the operator wants, and those that warm up their growing share.</summary>
internal sealed partial class ClusterRegistry
{
    /// <summary>Happens after a destination has begun to warm up. Whoever hears of it must not wait.</summary>
    public event Action? WarmUpBegan;

    /// <summary>Gives a destination the weight that the operator wants. It holds until the operator wants another, also over reloads; null for that of the configuration.</summary>
    /// <returns>The weight of the operator's before; null for that of the configuration.</returns>
    public int? SetWeight(Cluster cluster, Destination destination, int? weight) => Change(after =>
    {
        var before = destination.OperatorWeight;
        if (before != weight)
        {
            destination.SetWeight_NeedsLock(weight);
            Wanted_NeedsLock(cluster, destination, DestinationChange.Weight, after);
        }

        return before;
    });

    /// <summary>Gives those that warm up the share that they have by now.</summary>
    /// <returns>How long until one has more; null when all have theirs.</returns>
    public TimeSpan? WarmUp()
    {
        TimeSpan? next = null;
        lock (_lock)
        {
            foreach (var cluster in _clusters.Values)
            {
                if (cluster.Options.SlowStart is { } slowStart && IsWarmingUp(cluster, slowStart, Now))
                {
                    Refresh_NeedsLock(cluster.Name);
                    var step = SlowStart.StepOf(slowStart);
                    next = next < step ? next : step;
                }
            }
        }

        return next;
    }

    private void WarmUp_NeedsLock(Destination destination, Aftermath after)
    {
        destination.WarmUp_NeedsLock(Now);
        after.WarmsUp = true;
    }

    // Also when all have their whole share by now, and the standing does not say so yet.
    private static bool IsWarmingUp(Cluster cluster, SlowStartOptions slowStart, long now)
    {
        foreach (var member in cluster.Standing.Members)
        {
            if (SlowStart.ShareAt(slowStart, member.Destination.WarmsUpSince, now) < 1)
            {
                return true;
            }
        }

        return !cluster.Standing.IsCurrent(cluster.Options, now);
    }
}
