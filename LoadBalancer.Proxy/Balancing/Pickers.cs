using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Which picker serves which policy.</summary>
internal static class Pickers
{
    /// <summary>Makes the picker of a policy.</summary>
    public static Picker Create(in PickerPlan plan, Picker? previous) => plan.Options.LoadBalancingPolicy switch
    {
        LoadBalancingPolicy.RoundRobin or LoadBalancingPolicy.WeightedRoundRobin => RoundRobinPicker.Create(plan.Weights, previous),
        LoadBalancingPolicy.Random => new RandomPicker(new WeightedDraw(plan.Weights)),
        LoadBalancingPolicy.LeastRequests => new LeastRequestsPicker(plan.Weights),
        LoadBalancingPolicy.PowerOfTwoChoices => new PowerOfTwoChoicesPicker(plan.Weights),
        LoadBalancingPolicy.PeakEwma => new PeakEwmaPicker(plan.Weights),
        LoadBalancingPolicy.ConsistentHash => new ConsistentHashPicker(plan.Members, plan.Weights, plan.Options.Hash.BalanceFactor),
        LoadBalancingPolicy.FirstAlphabetical => new FirstAlphabeticalPicker(plan.Members),
        var policy => throw new ArgumentOutOfRangeException(nameof(plan), policy, null),
    };
}
