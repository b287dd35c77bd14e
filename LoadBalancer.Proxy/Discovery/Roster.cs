using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>
/// The destinations that were found for a cluster, and those that no longer are, until their sessions have had their time. It has no clock, and whoever uses it has a lock.
/// </summary>
internal sealed class Roster
{
    // In the order of their addresses, so that every proxy has them in one order, whatever order an answer comes in.
    private readonly SortedDictionary<string, DestinationDefinition> _entries = new(StringComparer.Ordinal);

    /// <summary>All of them; those that leave say so.</summary>
    public IReadOnlyCollection<DestinationDefinition> Definitions => [.. _entries.Values];

    /// <summary>When the next of them is to be removed; null when none leaves.</summary>
    public DateTimeOffset? NextDeparture => _entries.Values.Min(entry => entry.LeavesAt);

    /// <summary>Takes in who is found now. Who was there and is not found any more leaves after a time, and is back when it is found again.</summary>
    /// <param name="found">Who is found.</param>
    /// <param name="now">The time.</param>
    /// <param name="drainTimeout">How long the sessions of one that is not found any more go on.</param>
    /// <param name="unfit">Addresses of those that are not found because they cannot serve: they go at once.</param>
    /// <returns>What has changed.</returns>
    public RosterChange Take(IEnumerable<DestinationDefinition> found, DateTimeOffset now, TimeSpan drainTimeout, IReadOnlySet<string>? unfit = null)
    {
        var (change, present) = (new RosterChange(), new HashSet<string>());
        foreach (var definition in found)
        {
            var key = DestinationAddress.KeyOf(definition.Address);
            if (!present.Add(key))
            {
                continue;
            }

            var before = _entries.GetValueOrDefault(key);
            if (before is not { LeavesAt: null })
            {
                change.Came.Add(definition);
            }
            else if (before != definition)
            {
                change.IsRedefined = true;
            }
            else
            {
                continue;
            }

            _entries[key] = definition;
        }

        foreach (var (key, entry) in _entries.Where(pair => !present.Contains(pair.Key)).ToArray())
        {
            var isUnfit = unfit?.Contains(key) == true;
            if (entry.LeavesAt is null)
            {
                change.Leaves.Add(entry);
            }

            _entries[key] = entry with { LeavesAt = isUnfit ? now : entry.LeavesAt ?? now + drainTimeout };
        }

        change.IsSwept = Sweep(now);
        return change;
    }

    /// <summary>Takes over whom another one has, as the roster of a source does that another source replaces.</summary>
    public void TakeOver(Roster other)
    {
        foreach (var (key, entry) in other._entries)
        {
            _entries.TryAdd(key, entry);
        }
    }

    /// <summary>Removes those whose time is over.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Sweep(DateTimeOffset now)
    {
        var over = _entries.Where(pair => pair.Value.LeavesAt <= now).Select(pair => pair.Key).ToArray();
        Array.ForEach(over, key => _entries.Remove(key));
        return over.Length > 0;
    }
}

/// <summary>What has changed in a roster.</summary>
internal sealed class RosterChange
{
    /// <summary>Those that are new or back.</summary>
    public List<DestinationDefinition> Came { get; } = [];

    /// <summary>Those that are no longer found.</summary>
    public List<DestinationDefinition> Leaves { get; } = [];

    /// <summary>Whether something is said of one that was not said before.</summary>
    public bool IsRedefined { get; set; }

    /// <summary>Whether some were removed.</summary>
    public bool IsSwept { get; set; }

    /// <summary>Whether there is anything.</summary>
    public bool IsAny => Came.Count > 0 || Leaves.Count > 0 || IsRedefined || IsSwept;
}
