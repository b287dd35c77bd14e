using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>A request that waits for a place on a destination of its cluster. It is its engine's, which is woken by it to call <see cref="Attempts.Woken"/>.</summary>
internal abstract class PlaceWaiter : WaitQueue<Destination>.Waiter
{
    private Cluster? _cluster;
    private Destination? _wanted;
    private Standing? _standing;
    private Tried _tried;

    /// <summary>Says which places it takes.</summary>
    /// <param name="cluster">Those on destinations of this cluster.</param>
    /// <param name="wanted">Of them that of its session, which it waits for alone; null for any.</param>
    /// <param name="standing">The standing that the next refers to.</param>
    /// <param name="tried">Those that were tried before.</param>
    public void Wants(Cluster cluster, Destination? wanted, Standing standing, in Tried tried) => (_cluster, _wanted, _standing, _tried) = (cluster, wanted, standing, tried.Copy());

    /// <inheritdoc />
    public sealed override bool Takes(Destination place) => _wanted is not null ? place == _wanted
        : _cluster!.Standing.IndexOf(place) >= 0 && !(_standing!.IndexOf(place) is >= 0 and var index && _tried.Contains(index));
}
