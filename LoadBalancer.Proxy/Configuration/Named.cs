namespace LoadBalancer.Proxy.Configuration;

/// <summary>Dictionaries of named things, whose names, like configuration keys, ignore case.</summary>
internal static class Named
{
    public static IReadOnlyDictionary<string, T> Empty<T>() => new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);

    /// <summary>A dictionary of the pairs; of two with one name the later stays.</summary>
    public static IReadOnlyDictionary<string, T> ToNamed<T>(this IEnumerable<(string Name, T Value)> pairs)
    {
        var named = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in pairs)
        {
            named[name] = value;
        }

        return named;
    }

    /// <summary>A copy with one entry added or replaced.</summary>
    public static IReadOnlyDictionary<string, T> With<T>(this IReadOnlyDictionary<string, T> named, string name, T value) =>
        named.Select(pair => (pair.Key, pair.Value)).Append((name, value)).ToNamed();

    /// <summary>A name that nobody has yet: this one, or else with a number behind it. It is taken from then on.</summary>
    public static string Free(string wanted, HashSet<string> taken)
    {
        var name = wanted;
        for (var number = 2; !taken.Add(name); number++)
        {
            name = $"{wanted}-{number}";
        }

        return name;
    }
}
