using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Settings that are known, found by their sections (<see cref="KeyIndex"/>).</summary>
internal sealed class IndexedSettings : ConfigurationProvider, IConfigurationSource
{
    private readonly KeyIndex _index;

    /// <param name="settings">The settings. Of a key that is there twice, the later value counts.</param>
    public IndexedSettings(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        foreach (var (key, value) in settings)
        {
            Data[key] = value;
        }

        _index = new KeyIndex(Data.Keys);
    }

    /// <inheritdoc />
    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => _index.Merge(earlierKeys, parentPath);

    /// <inheritdoc />
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}

/// <summary>The environment variables of this process as they are when the configuration is built, found by their sections.</summary>
internal sealed class EnvironmentSettings : EnvironmentVariablesConfigurationProvider, IConfigurationSource
{
    private KeyIndex _index = new([]);

    /// <inheritdoc />
    public override void Load()
    {
        base.Load();
        _index = new KeyIndex(Data.Keys);
    }

    /// <inheritdoc />
    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => _index.Merge(earlierKeys, parentPath);

    /// <inheritdoc />
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
