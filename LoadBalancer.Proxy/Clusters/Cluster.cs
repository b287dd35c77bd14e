using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>A named set of interchangeable destinations. The name stays; everything else is in <see cref="Current"/>.</summary>
public sealed class Cluster
{
    private volatile ClusterSnapshot _current;

    internal Cluster(string name, ClusterSnapshot first)
    {
        Name = name;
        _current = first;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The cluster as it is now. Read it once per attempt: what is in it agrees.</summary>
    public ClusterSnapshot Current => _current;

    internal void Publish(ClusterSnapshot snapshot) => _current = snapshot;
}

/// <summary>A cluster at one moment; it never changes.</summary>
public sealed class ClusterSnapshot
{
    private readonly Destination[] _all;
    private readonly Destination[] _available;

    internal ClusterSnapshot(ClusterOptions options, Destination[] all, DestinationPicker picker)
    {
        Options = options;
        Picker = picker;
        _all = all;
        _available = Array.FindAll(all, destination => destination.IsAvailable);
    }

    /// <summary>How the cluster is used.</summary>
    public ClusterOptions Options { get; }

    /// <summary>Chooses among the available destinations.</summary>
    public DestinationPicker Picker { get; }

    /// <summary>Every destination, in the order in which they take turns.</summary>
    public ReadOnlySpan<Destination> All => _all;

    /// <summary>Those that may be picked, in the same order.</summary>
    public ReadOnlySpan<Destination> Available => _available;

    /// <summary>Picks an available destination for a first attempt.</summary>
    /// <returns>The destination, or null when there is none.</returns>
    public Destination? Pick() => _available.Length == 0 ? null : Picker.Pick(_available);

    /// <summary>Picks an available destination for a further attempt: one that was not tried, or else one that took the request and may get it again.</summary>
    /// <param name="tried">The destinations that attempts were made on.</param>
    /// <param name="unreached">Those of them that took no request: they get no second chance.</param>
    /// <returns>The destination, or null when none is left.</returns>
    public Destination? PickAgain(ReadOnlySpan<Destination> tried, ReadOnlySpan<Destination> unreached) =>
        PickExcept(tried) ?? PickExcept(unreached);

    private Destination? PickExcept(ReadOnlySpan<Destination> excluded)
    {
        var left = new List<Destination>(_available.Length);
        foreach (var destination in _available)
        {
            if (!excluded.Contains(destination))
            {
                left.Add(destination);
            }
        }

        return left.Count == 0 ? null : Picker.PickAgain(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(left));
    }
}
