using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Which picker serves which policy.</summary>
public static class Pickers
{
    /// <summary>Makes the picker of a policy.</summary>
    public static DestinationPicker Create(LoadBalancingPolicy policy, DestinationPicker? previous) => policy switch
    {
        LoadBalancingPolicy.RoundRobin => previous as RoundRobinPicker ?? new RoundRobinPicker(),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
    };
}
