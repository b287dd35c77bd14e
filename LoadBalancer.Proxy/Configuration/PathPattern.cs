namespace LoadBalancer.Proxy.Configuration;

/// <summary>A path pattern of a route: literal segments, <c>{name}</c> for one segment, <c>{**name}</c> at the end for the rest.</summary>
internal sealed class PathPattern
{
    private readonly string[] _segments;

    private PathPattern(string[] segments, bool takesRest)
    {
        _segments = segments;
        TakesRest = takesRest;
    }

    /// <summary>The pattern of every path.</summary>
    public static PathPattern Any { get; } = new([], takesRest: true);

    /// <summary>Whether the pattern ends with <c>{**name}</c>.</summary>
    public bool TakesRest { get; }

    /// <summary>
    /// The segments before the rest, from left to right; null stands for any one segment.
    /// The first difference decides which of two patterns is more specific.
    /// </summary>
    public IReadOnlyList<string?> Segments => _segments.Select(segment => segment == AnySegment ? null : segment).ToArray();

    // A segment never contains a slash, so this cannot be mistaken for a literal one.
    private const string AnySegment = "/";

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
        var segments = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (part is ['{', '*', .., '}'])
            {
                return i == parts.Length - 1
                    ? (new PathPattern([.. segments], takesRest: true), "")
                    : (null, $"'{part}' takes the rest of the path, so it must come last");
            }

            if (part is ['{', _, .., '}'] && part.IndexOfAny(['{', '}', ':', '=', '?'], 1, part.Length - 2) < 0)
            {
                segments.Add(AnySegment);
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

        return (new PathPattern([.. segments], takesRest: false), "");
    }

    /// <summary>Whether a decoded path matches, without regard to case. A slash at the end is not a segment.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        var rest = path.StartsWith("/") ? path[1..] : path;
        foreach (var segment in _segments)
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            var slash = rest.IndexOf('/');
            var part = slash < 0 ? rest : rest[..slash];
            if (segment == AnySegment ? part.IsEmpty : !part.Equals(segment, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }

        return TakesRest || rest.IsEmpty;
    }
}
