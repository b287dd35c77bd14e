namespace LoadBalancer.Proxy.Configuration;

/// <summary>A path pattern of a route: literal segments, <c>{name}</c> for one segment, <c>{**name}</c> at the end for the rest.</summary>
/// <remarks>It is compared with a decoded path, without regard to case. A slash at the end is not a segment.</remarks>
internal sealed class PathPattern
{
    private PathPattern(string?[] segments, bool takesRest)
    {
        Segments = segments;
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
    public IReadOnlyList<string?> Segments { get; }

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
        var segments = new List<string?>();
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
                segments.Add(null);
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
}
