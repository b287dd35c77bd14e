using System.Collections;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Knows from where each key of a configuration came, in the operator's words: a file, an environment variable, an option of the command line.</summary>
internal sealed class ConfigurationOrigins
{
    private const string CommandLine = "command line";
    private const string Root = ConfigurationSource.SectionName;

    private static readonly string Token = ConfigurationPath.Combine(Root, "Admin", "Token");

    private readonly IConfiguration _all;
    private readonly RunArguments _arguments;
    private readonly List<Layer> _layers;

    /// <param name="all">The configuration.</param>
    /// <param name="files">The files of its first providers, in their order. Behind them come the environment and what was typed.</param>
    /// <param name="arguments">What the operator typed.</param>
    public ConfigurationOrigins(IConfigurationRoot all, IReadOnlyList<string> files, RunArguments arguments)
    {
        (_all, _arguments) = (all, arguments);
        var providers = all.Providers.ToArray();
        _layers = [.. files.Select((file, index) => new Layer(providers[index], _ => file)), new Layer(providers[^2], VariableOf), new Layer(providers[^1], static _ => CommandLine)];
    }

    /// <summary>The errors with what stands where they are, and where it came from.</summary>
    public IReadOnlyList<ConfigurationError> Locate(IEnumerable<ConfigurationError> errors) => [.. errors.Select(Locate)];

    /// <summary>From where a key of our section has its value; null where it is as it is by default, or nobody knows.</summary>
    public string? SourceOfValue(string path) => TypedOption(path) ?? Last(layer => layer.Has(ConfigurationPath.Combine(Root, path)))?.NameOf(ConfigurationPath.Combine(Root, path));

    private ConfigurationError Locate(ConfigurationError error)
    {
        if (error.Path.Length == 0)
        {
            return error;
        }

        // Paths begin below our section, but for those of the host's settings and of YARP's section, which stand beside it.
        var key = error.Path == Root && !IsSet(Root) ? Root
            : error.Path.StartsWith(HostSettings.Logging + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase) || YarpSection.Includes(error.Path) ? error.Path
            : ConfigurationPath.Combine(Root, error.Path);
        var typed = TypedOption(error.Path);
        return error with { Value = typed is not null || IsSecret(key) ? null : _all[key], Source = typed ?? SourceOf(key) ?? _arguments.ConfigFile };
    }

    // What must not be told on, not even as a hash.
    private static bool IsSecret(string key) => key.Equals(Token, StringComparison.OrdinalIgnoreCase) || key.Contains(":BasicAuth:Users:", StringComparison.OrdinalIgnoreCase);

    private string? TypedOption(string path) =>
        _arguments.TlsCertificates.Count > 0 && path.Contains(":Tls:Certificates:", StringComparison.OrdinalIgnoreCase) && !IsSet(path[..path.LastIndexOf(':')]) ? "--tls-cert"
        : _arguments.Listen.Count > 0 && IsAtOrBelow(path, "Listeners") ? "--listen"
        : _arguments.Admin is not null && (IsAtOrBelow(path, "Admin:Url") || (IsAtOrBelow(path, "Admin") && !IsSet(path))) ? "--admin"
        : _arguments.Engine is not null && IsAtOrBelow(path, "Engine") ? "--engine"
        : _arguments.TakeOver is not null && path == nameof(LoadBalancerOptions.TakeOver) ? "--take-over"
        : _arguments.Servers.Count > 0 && (IsAtOrBelow(path, $"Clusters:{RunArguments.ServersCluster}") || IsAtOrBelow(path, $"Routes:{RunArguments.ServersCluster}")) ? "--servers"
        : null;

    private bool IsSet(string path) => _layers.Exists(layer => layer.Has(ConfigurationPath.Combine(Root, path)));

    private string? SourceOf(string key)
    {
        // The last to set a key has set it. What is missing should stand where the first said that there is such a thing.
        var source = Last(layer => layer.Has(key))?.NameOf(key) ?? Last(layer => layer.HasBelow(key))?.NameOf(key);
        for (var above = ConfigurationPath.GetParentPath(key); source is null && above is not null; above = ConfigurationPath.GetParentPath(above))
        {
            source = _layers.Find(layer => layer.Has(above) || (above != Root && layer.HasBelow(above)))?.NameOf(above);
        }

        return source;
    }

    private Layer? Last(Predicate<Layer> has) => _layers.FindLast(has);

    // The environment has two underscores in place of the colon, and letters of either case.
    private static string VariableOf(string key)
    {
        var name = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => (string)variable.Key)
            .Where(name => IsAtOrBelow(name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), key))
            .OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)
            .FirstOrDefault();
        return $"environment variable {name ?? key.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal)}";
    }

    /// <summary>Whether a key is this one, or one of the section that this one is.</summary>
    internal static bool IsAtOrBelow(string path, string above) =>
        path.StartsWith(above, StringComparison.OrdinalIgnoreCase) && (path.Length == above.Length || path[above.Length] == ':');

    private sealed record Layer(IConfigurationProvider Provider, Func<string, string> NameOf)
    {
        public bool Has(string key) => Provider.TryGet(key, out var value) && value is not null;

        // Or an empty object.
        public bool HasBelow(string key) => Provider.GetChildKeys([], key).Any() || Provider.TryGet(key, out _);
    }
}
