using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Shows what there is: to the operator, to subscribers, to the meter.</summary>
internal sealed partial class ClusterRegistry
{
    /// <summary>Reads every cluster at one moment.</summary>
    public RegistryState Read()
    {
        lock (_lock)
        {
            return _changes.Read_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Subscribes to the state as it is now and to every change after it. <see cref="Unsubscribe"/> must follow.</summary>
    public Subscription Subscribe()
    {
        lock (_lock)
        {
            return _changes.Subscribe_NeedsLock(_clusters.Values);
        }
    }

    /// <summary>Ends what <see cref="Subscribe"/> began.</summary>
    public void Unsubscribe(Subscription subscription)
    {
        lock (_lock)
        {
            _changes.Unsubscribe_NeedsLock(subscription);
        }
    }

    private List<DestinationReading> Observe()
    {
        var readings = new List<DestinationReading>();
        foreach (var cluster in _clusters.Values)
        {
            var standing = cluster.Standing;
            for (var i = 0; i < standing.Members.Length; i++)
            {
                var (member, destination) = (standing.Members[i], standing.Members[i].Destination);
                readings.Add(new DestinationReading(cluster.Name, member.Name, member.IsAvailable, destination.Load.InFlight, standing.Weights[i]));
            }
        }

        return readings;
    }
}
