using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Which picker serves which policy.</summary>
internal static class Pickers
{
    /// <summary>Makes the picker of a policy.</summary>
    public static Picker Create(in PickerPlan plan, Picker? previous) => plan.Options.LoadBalancingPolicy switch
    {
        LoadBalancingPolicy.RoundRobin => previous as RoundRobinPicker ?? new RoundRobinPicker(),
        var policy => throw new ArgumentOutOfRangeException(nameof(plan), policy, null),
    };
}
