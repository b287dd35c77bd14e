using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Chooses a destination. Pure choice: no request, clock, log or wait; called by many threads at once.</summary>
public abstract class DestinationPicker
{
    /// <summary>Chooses one of the candidates.</summary>
    /// <param name="candidates">The available destinations. Never empty.</param>
    public abstract Destination Pick(ReadOnlySpan<Destination> candidates);

    /// <summary>Chooses one of the candidates for a further attempt. As <see cref="Pick"/>, unless the policy must keep the two apart.</summary>
    /// <param name="candidates">The available destinations, less those that this request has tried. Never empty.</param>
    public virtual Destination PickAgain(ReadOnlySpan<Destination> candidates) => Pick(candidates);
}

/// <summary>Makes the picker of a policy. The picker it follows, if there is one, may hand on what it has learned.</summary>
public delegate DestinationPicker CreatePicker(LoadBalancingPolicy policy, DestinationPicker? previous);
