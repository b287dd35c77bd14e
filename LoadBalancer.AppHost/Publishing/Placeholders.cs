namespace Aspire.Hosting.Docker;

/// <summary>The values of a compose file that whoever deploys it fills in.</summary>
internal sealed class Placeholders
{
    private readonly SortedDictionary<string, string> _comments = new(StringComparer.Ordinal);

    /// <summary>Stands for the image of a resource.</summary>
    public string Image(IResource resource) => Add(resource, "IMAGE", $"Container image name for {resource.Name}");

    /// <summary>Stands for the port that a resource listens on.</summary>
    public string Port(IResource resource) => Add(resource, "PORT", $"Default container port for {resource.Name}");

    /// <summary>Writes the <c>.env</c> file. What stands there already stays: values that were filled in, and variables of others.</summary>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var there = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken) : [];
        var known = there.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var missing = _comments.Where(pair => !known.Contains(pair.Key)).SelectMany(pair => (string[])[$"# {pair.Value}", $"{pair.Key}=", ""]);
        string[] gap = there is [.., { Length: > 0 }] ? [""] : [];
        await File.WriteAllLinesAsync(path, [.. there, .. gap, .. missing], cancellationToken);
    }

    private static string? NameOf(string line) =>
        line.TrimStart().StartsWith('#') || line.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) ? null : line[..at].Trim();

    private string Add(IResource resource, string what, string comment)
    {
        var name = $"{resource.Name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}_{what}";
        _comments[name] = comment;
        return $"${{{name}}}";
    }
}
