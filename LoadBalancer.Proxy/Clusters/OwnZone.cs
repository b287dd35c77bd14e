using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>How much of a cluster's requests leaves the proxy's zone. A pure function.</summary>
internal static class OwnZone
{
    /// <summary>
    /// What the weights of destinations in other zones count beside those of the own zone: 0 for nothing, 1 as much as any.
    /// Where too little of the own zone is available, its destinations keep what they had at the threshold, and those elsewhere get the rest.
    /// </summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="members">The members.</param>
    /// <param name="wanted">Places of those of the priorities that serve, available or not.</param>
    /// <param name="serving">Those of them that are available.</param>
    /// <param name="weights">The weight of each member: a part of it while it warms up.</param>
    public static double WeightElsewhere(ClusterOptions options, Member[] members, List<int> wanted, List<int> serving, double[] weights)
    {
        var elsewhere = serving.Where(i => members[i].Definition.IsElsewhere).Sum(i => weights[i]);
        var own = serving.Where(i => !members[i].Definition.IsElsewhere).Sum(i => weights[i]);
        if (elsewhere == 0 || own == 0 || !options.ZonePreference.Enabled)
        {
            return 1;
        }

        // One that warms up is missed for the part that it does not take yet, so that what went elsewhere comes back step by step.
        var available = own / wanted.Where(i => !members[i].Definition.IsElsewhere).Sum(i => (double)members[i].Weight);

        // This policy goes by no weights, so that it cannot share.
        if (available >= options.ZonePreference.Threshold || options.LoadBalancingPolicy == LoadBalancingPolicy.FirstAlphabetical)
        {
            return 0;
        }

        var kept = available / options.ZonePreference.Threshold;
        return (1 - kept) / kept * own / elsewhere;
    }
}
