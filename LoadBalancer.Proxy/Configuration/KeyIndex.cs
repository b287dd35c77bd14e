namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// The keys of a provider by their sections. The platform's providers look through all of their keys for the children of each section,
/// so that to read a file would take the square of its length.
/// </summary>
internal sealed class KeyIndex
{
    private readonly List<string> _ofRoot = [];
    private readonly Dictionary<string, List<string>> _ofSections = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="keys">The full keys, in any order.</param>
    public KeyIndex(IEnumerable<string> keys)
    {
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in keys)
        {
            for (string? path = key; path is not null && known.Add(path); path = ConfigurationPath.GetParentPath(path))
            {
                ChildrenOf(ConfigurationPath.GetParentPath(path)).Add(ConfigurationPath.GetSectionKey(path));
            }
        }
    }

    /// <summary>What <see cref="IConfigurationProvider.GetChildKeys"/> answers: the children of a section, among those of the providers before.</summary>
    public IEnumerable<string> Merge(IEnumerable<string> earlierKeys, string? section)
    {
        var own = section is null ? _ofRoot : _ofSections.GetValueOrDefault(section);
        if (own is null)
        {
            // The earlier ones are in their order by now.
            return earlierKeys;
        }

        List<string> keys = [.. own, .. earlierKeys];
        keys.Sort(ConfigurationKeyComparer.Instance);
        return keys;
    }

    private List<string> ChildrenOf(string? section)
    {
        if (section is null)
        {
            return _ofRoot;
        }

        if (!_ofSections.TryGetValue(section, out var children))
        {
            _ofSections.Add(section, children = []);
        }

        return children;
    }
}
