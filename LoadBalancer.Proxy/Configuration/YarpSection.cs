using System.Globalization;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// Reads the section <c>ReverseProxy</c> as YARP reads it: its keys, and its defaults where it is silent. It is translated into keys of ours, which
/// <see cref="StrictReader"/> then reads; keys of ours that YARP does not have may stand among its own.
/// </summary>
internal sealed class YarpSection
{
    /// <summary>The section's name.</summary>
    public const string Name = "ReverseProxy";

    private const string Any = "*";

    private static readonly string[] Parts = [nameof(LoadBalancerOptions.Routes), nameof(LoadBalancerOptions.Clusters)];
    private static readonly HashSet<string> Prefixes = YarpKeys.Known.Keys.SelectMany(PrefixesOf).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, string?> _ours = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _cameFrom = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, double> _failureRateLimits = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ConfigurationError> _errors = [];
    private LoadBalancerOptions _options = new();

    private YarpSection()
    {
    }

    /// <summary>What is wrong with the section.</summary>
    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>Whether a path is that of the section, or of something in it.</summary>
    public static bool Includes(string path) => ConfigurationOrigins.IsAtOrBelow(path, Name);

    /// <summary>Reads the section.</summary>
    public static YarpSection Read(IConfigurationSection section)
    {
        var read = new YarpSection();
        if (section.Value is { Length: > 0 })
        {
            read.Report("", $"must be an object with the keys {string.Join(", ", Parts)}, not a value");
            return read;
        }

        foreach (var child in section.GetChildren())
        {
            if (Parts.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                read.Translate(child, child.Key, child.Key, []);
            }
            else
            {
                read.Report(child.Key, NearestName.Explain(child.Key, Parts));
            }
        }

        read.AddDefaults(section.GetSection(Parts[1]));
        read.ReadOurs();
        return read;
    }

    /// <summary>The options with the routes and clusters of the section beside their own.</summary>
    public LoadBalancerOptions AddTo(LoadBalancerOptions options)
    {
        foreach (var path in Both(options.Routes, _options.Routes, Parts[0]).Concat(Both(options.Clusters, _options.Clusters, Parts[1])))
        {
            Report(path, $"is in the section {ConfigurationSource.SectionName} as well: keep one of the two");
        }

        return options with { Routes = Union(options.Routes, _options.Routes), Clusters = Union(options.Clusters, _options.Clusters) };
    }

    /// <summary>An error that was found in all routes and clusters together, with the path of the section where it is about one of its own.</summary>
    public ConfigurationError Locate(ConfigurationError error)
    {
        var names = error.Path.Split(ConfigurationPath.KeyDelimiter);
        return names.Length > 1 && (names[0] == Parts[0] ? _options.Routes.ContainsKey(names[1]) : names[0] == Parts[1] && _options.Clusters.ContainsKey(names[1]))
            ? error with { Path = PathOf(error.Path) }
            : error;
    }

    private void Translate(IConfigurationSection section, string path, string pattern, string[] names)
    {
        foreach (var child in section.GetChildren())
        {
            var (at, like) = (ConfigurationPath.Combine(path, child.Key), ConfigurationPath.Combine(pattern, child.Key));
            var below = names;
            if (!Prefixes.Contains(like) && Prefixes.Contains(ConfigurationPath.Combine(pattern, Any)))
            {
                (like, below) = (ConfigurationPath.Combine(pattern, Any), [.. names, child.Key]);
            }

            if (YarpKeys.Known.GetValueOrDefault(like) is { } rule)
            {
                Apply(rule, child, at, below);
            }
            else if (child.GetChildren().Any())
            {
                Translate(child, at, like, below);
            }
            else if (child.Value is { Length: > 0 } || !Prefixes.Contains(ConfigurationPath.Combine(like, Any)))
            {
                // An empty object of names says nothing; any other may be one that switches something on.
                _ours[at] = child.Value;
            }
        }
    }

    private void Apply(YarpRule rule, IConfigurationSection section, string path, string[] names)
    {
        if (string.IsNullOrEmpty(section.Value) && !section.GetChildren().Any())
        {
            // A JSON null, or an empty object: silence.
            return;
        }

        if (rule.IsFailureRateLimit)
        {
            ReadFailureRateLimit(section.Value, path, names[0]);
        }
        else if (rule.Becomes is { } key)
        {
            Set(Fill(key, names), section.Value, path);
        }
        else if (rule.Error is null)
        {
            foreach (var (copied, value) in section.AsEnumerable())
            {
                _ours[path + copied[section.Path.Length..]] = value;
            }
        }
        else if (section.Value is null || !rule.Takes(section.Value, out var meaning))
        {
            Report(path, rule.Error);
        }
        else if (meaning is { } ours)
        {
            Set(Fill(ours.Key, names), ours.Value, path);
        }
    }

    private void ReadFailureRateLimit(string? value, string path, string cluster)
    {
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and < 1)
        {
            _failureRateLimits[cluster] = limit;
        }
        else
        {
            Report(path, $"'{value}' is not a share between 0 and 1, such as 0.3");
        }
    }

    private void Set(string key, string? value, string path)
    {
        if (_ours.TryGetValue(key, out var said) && said is not null)
        {
            Report(path, $"says the same as {key[(key.IndexOf(':', key.IndexOf(':') + 1) + 1)..]}: keep one of the two");
        }

        _ours[key] = value;
        _cameFrom[key] = path;
    }

    private void AddDefaults(IConfigurationSection clusters)
    {
        foreach (var cluster in clusters.GetChildren())
        {
            foreach (var (key, value) in YarpKeys.ClusterDefaults)
            {
                var path = ConfigurationPath.Combine(Parts[1], cluster.Key, key);
                if (!_ours.TryGetValue(path, out var said) || said is null)
                {
                    _ours[path] = value;
                }
            }
        }
    }

    private void ReadOurs()
    {
        var settings = new IndexedSettings(_ours.Select(pair => KeyValuePair.Create(ConfigurationPath.Combine(Name, pair.Key), pair.Value)));
        var section = new ConfigurationBuilder().Add(settings).Build().GetSection(Name);
        var (options, errors) = StrictReader.Read<LoadBalancerOptions>(section);
        _errors.AddRange(errors.Select(error => error with { Path = PathOf(error.Path) }).Where(error => !_errors.Exists(earlier => earlier.Path == error.Path)));
        _options = options with
        {
            Routes = options.Routes.Select(pair => (pair.Key, pair.Value with { PrefersPath = true })).ToNamed(),
            Clusters = options.Clusters.Select(pair => (pair.Key, Finish(pair.Key, pair.Value))).ToNamed(),
        };
    }

    private ClusterOptions Finish(string name, ClusterOptions cluster)
    {
        var passive = cluster.HealthCheck.Passive;
        return cluster with
        {
            HealthCheck = cluster.HealthCheck with { Passive = passive with { FailureRateLimit = _failureRateLimits.GetValueOrDefault(name, passive.FailureRateLimit) } },
            Destinations = cluster.Destinations.Select(pair => (pair.Key, Finish(pair.Value))).ToNamed(),
        };
    }

    // YARP sends the host of the destination, where nothing else is said.
    private static DestinationOptions Finish(DestinationOptions destination) =>
        destination.Host is null && Uri.TryCreate(destination.Address, UriKind.Absolute, out var address) && address.Host.Length > 0 && !destination.Address.StartsWith("http://unix:", StringComparison.OrdinalIgnoreCase) ? destination with { Host = address.Authority, IsHostOfYarp = true } : destination;

    private static string Fill(string key, string[] names) => string.Concat(key.Split('*').Zip([.. names, ""], (part, name) => part + name));

    private static IEnumerable<string> Both<T>(IReadOnlyDictionary<string, T> ours, IReadOnlyDictionary<string, T> theirs, string part) =>
        theirs.Keys.Where(ours.ContainsKey).Select(name => ConfigurationPath.Combine(part, name));

    private static IReadOnlyDictionary<string, T> Union<T>(IReadOnlyDictionary<string, T> ours, IReadOnlyDictionary<string, T> theirs) =>
        theirs.Concat(ours).Select(pair => (pair.Key, pair.Value)).ToNamed();

    private static IEnumerable<string> PrefixesOf(string key)
    {
        for (string? prefix = key; prefix is not null; prefix = ConfigurationPath.GetParentPath(prefix))
        {
            yield return prefix;
        }
    }

    private string PathOf(string path) => path == Name ? path : ConfigurationPath.Combine(Name, _cameFrom.GetValueOrDefault(path, path));

    private void Report(string path, string message) => _errors.Add(new ConfigurationError(path.Length == 0 ? Name : ConfigurationPath.Combine(Name, path), message));
}
