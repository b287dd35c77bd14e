namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// The settings that the libraries below us read themselves: section <c>Logging</c>, and <c>OTEL_*</c>.
/// They are all that the host is told. What else a host would obey (<c>Kestrel</c>, <c>AllowedHosts</c>, <c>URLS</c>) cannot be set, since it is not here.
/// </summary>
internal sealed class HostSettings : ConfigurationProvider, IConfigurationSource
{
    /// <summary>The section that says which log records are written.</summary>
    public const string Logging = "Logging";

    private const string OpenTelemetry = "OTEL_";

    /// <summary>Puts settings in force.</summary>
    public void Publish(IReadOnlyDictionary<string, string?> settings)
    {
        Data = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
        OnReload();
    }

    /// <inheritdoc />
    IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => this;

    /// <summary>Those among all settings.</summary>
    internal static IReadOnlyDictionary<string, string?> Of(IConfiguration all) => all.GetChildren()
        .Where(child => child.Key.Equals(Logging, StringComparison.OrdinalIgnoreCase) || child.Key.StartsWith(OpenTelemetry, StringComparison.OrdinalIgnoreCase))
        .SelectMany(child => child.AsEnumerable())
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with them. The library that reads the levels says so too late, and not well.</summary>
    internal static IEnumerable<ConfigurationError> Validate(IConfiguration all)
    {
        var logging = all.GetSection(Logging);
        return logging.GetChildren()
            .Select(provider => provider.GetSection("LogLevel"))
            .Prepend(logging.GetSection("LogLevel"))
            .SelectMany(levels => levels.GetChildren())
            .Where(level => level.Value is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _))
            .Select(level => new ConfigurationError(level.Path, $"'{level.Value}' is not one of {string.Join(", ", Enum.GetNames<LogLevel>())}"));
    }
}
