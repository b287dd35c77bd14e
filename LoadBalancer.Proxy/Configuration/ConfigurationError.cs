namespace LoadBalancer.Proxy.Configuration;

/// <summary>One thing wrong with the configuration.</summary>
/// <param name="Path">Where it stands: keys parted by colons, as in <c>Clusters:web:Destinations:a:Address</c>; empty when it is the whole.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
internal sealed record ConfigurationError(string Path, string Message)
{
    /// <summary>The error in one line.</summary>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}

/// <summary>The configuration is wrong; each error says where and why.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    /// <summary>Every error found, in the order of the configuration.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;

    /// <summary>One error.</summary>
    public ConfigurationException(string path, string message) : this([new ConfigurationError(path, message)])
    {
    }
}
