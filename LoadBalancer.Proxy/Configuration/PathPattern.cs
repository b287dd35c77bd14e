namespace LoadBalancer.Proxy.Configuration;

/// <summary>A path pattern of a route: literal segments, <c>{name}</c> for one segment, <c>{**name}</c> at the end for the rest.</summary>
/// <remarks>It is compared with a decoded path, without regard to case. A slash at the end is not a segment.</remarks>
internal sealed class PathPattern
{
    private PathPattern(string?[] segments, string[] names, string? restName = null)
    {
        Segments = segments;
        Names = names;
        RestName = restName;
    }

    /// <summary>The pattern of every path.</summary>
    public static PathPattern Any { get; } = new([], [], "");

    /// <summary>Whether the pattern ends with <c>{**name}</c>.</summary>
    public bool TakesRest => RestName is not null;

    /// <summary>What the rest is called; null where the pattern takes none.</summary>
    public string? RestName { get; }

    /// <summary>What those of <see cref="Segments"/> are called that stand for any one segment, from left to right.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// The segments before the rest, from left to right; null stands for any one segment.
    /// The first difference decides which of two patterns is more specific.
    /// </summary>
    public IReadOnlyList<string?> Segments { get; }

    /// <summary>The parts of a path that it has names for.</summary>
    /// <param name="path">A path that it takes.</param>
    public List<KeyValuePair<string, string>> PartsOf(ReadOnlySpan<char> path)
    {
        var parts = new List<KeyValuePair<string, string>>();
        var rest = path[1..];
        foreach (var wanted in Segments)
        {
            var slash = rest.IndexOf('/');
            if (wanted is null)
            {
                parts.Add(new(Names[parts.Count], (slash < 0 ? rest : rest[..slash]).ToString()));
            }

            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }

        if (RestName is { Length: > 0 } name)
        {
            parts.Add(new(name, rest.ToString()));
        }

        return parts;
    }

    /// <summary>Reads a pattern.</summary>
    /// <returns>The pattern, or what is wrong with the text.</returns>
    public static (PathPattern? Pattern, string Error) Parse(string text)
    {
        if (!text.StartsWith('/'))
        {
            // YARP takes patterns without the leading slash, and a pasted configuration should mean the same.
            text = "/" + text;
        }

        var parts = text[1..].Split('/');
        var (segments, names) = (new List<string?>(), new List<string>());
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (part is ['{', '*', .., '}'])
            {
                return i == parts.Length - 1
                    ? (new PathPattern([.. segments], [.. names], part[1..^1].TrimStart('*')), "")
                    : (null, $"'{part}' takes the rest of the path, so it must come last");
            }

            if (part is ['{', _, .., '}'] && part.IndexOfAny(['{', '}', ':', '=', '?'], 1, part.Length - 2) < 0)
            {
                segments.Add(null);
                names.Add(part[1..^1]);
            }
            else if (part.AsSpan().IndexOfAny('{', '}', '*') >= 0)
            {
                return (null, $"'{part}' is not a literal segment, {{name}} or {{**name}}");
            }
            else if (part.Length > 0 || i < parts.Length - 1)
            {
                segments.Add(part);
            }
        }

        return (new PathPattern([.. segments], [.. names]), "");
    }
}
