namespace LoadBalancer.Backend;

/// <summary>What a backend is told at start.</summary>
public sealed record BackendOptions
{
    /// <summary>URLs to listen on, like <c>http://localhost:8081</c>; when empty, what configuration says (<c>ASPNETCORE_URLS</c>).</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>
    /// Its name in answers, where <c>{host}</c> stands for the machine or container it runs in; null takes <c>Backend:Name</c> or
    /// <c>OTEL_SERVICE_NAME</c> of the configuration, or else <c>backend</c>.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The answer to <c>GET /</c>, where <c>{name}</c> stands for the name; text that begins with &lt; is HTML.</summary>
    public string? Message { get; init; }

    /// <summary>Whether to log each request.</summary>
    public bool Verbose { get; init; }

    /// <summary>Configuration keys that stand above all other sources, for a backend inside a test.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Whether <paramref name="text"/> can be a name: it goes out as a header value.</summary>
    public static bool IsName(string text) => text.Length > 0 && text.All(character => character is >= ' ' and <= '~');

    // Not the bare key "Name": some shells set a variable NAME to the name of the machine.
    internal string NameOr(IConfiguration configuration)
    {
        var name = Name ?? configuration["Backend:Name"] ?? configuration["OTEL_SERVICE_NAME"] ?? "backend";
        name = name.Replace("{host}", Environment.MachineName, StringComparison.Ordinal);
        return IsName(name) ? name : throw new InvalidOperationException($"the name must be printable ASCII, not '{name}'");
    }
}
