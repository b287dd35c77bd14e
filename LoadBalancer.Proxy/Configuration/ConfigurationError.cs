namespace LoadBalancer.Proxy.Configuration;

/// <summary>One thing wrong with the configuration.</summary>
/// <param name="Path">Where it stands: keys parted by colons, as in <c>Clusters:web:Destinations:a:Address</c>; empty when it is a whole file.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
internal sealed record ConfigurationError(string Path, string Message)
{
    /// <summary>What stands there; null when that is no single value, or a secret.</summary>
    public string? Value { get; init; }

    /// <summary>Where that came from: a file, an environment variable, an option of the command line; null when nobody knows, or the message says it.</summary>
    public string? Source { get; init; }

    /// <summary>Whether what stands there is right, but the system does not let it be listened on.</summary>
    public bool IsOfSocket { get; init; }

    /// <summary>The error in one line.</summary>
    public override string ToString()
    {
        var line = Path.Length == 0 ? Message : $"{Path}: {Message}";
        return Source is null ? line : $"{line} ({Source})";
    }
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
