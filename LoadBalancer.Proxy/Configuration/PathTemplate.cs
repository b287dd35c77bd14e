using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// What <c>PathPattern</c> puts together: a text in which <c>{name}</c>, <c>{*name}</c> and <c>{**name}</c> stand for parts of the path that a route has names for.
/// Of the templates of ASP.NET Core, those without constraints, defaults and optional parts.
/// </summary>
internal sealed class PathTemplate
{
    private readonly List<(string Text, string? Name, bool KeepsSlashes)> _pieces = [];

    private PathTemplate()
    {
    }

    /// <summary>Reads a template.</summary>
    /// <returns>The template; null where it is of the other kinds.</returns>
    public static PathTemplate? TryParse(ReadOnlySpan<char> text)
    {
        var template = new PathTemplate();
        while (!text.IsEmpty)
        {
            var open = text.IndexOf('{') is >= 0 and var brace ? brace : text.Length;
            var literal = TargetPath.Encode(text[..open]);
            text = text[open..];
            if (text.IsEmpty)
            {
                template._pieces.Add((literal, null, false));
                break;
            }

            var close = text.IndexOf('}');
            if (close < 0 || text[1..close].IndexOfAny("{:=?") >= 0 || text.StartsWith("{{"))
            {
                return null;
            }

            template._pieces.Add((literal, text[1..close].TrimStart('*').ToString(), text.StartsWith("{**")));
            text = text[(close + 1)..];
        }

        return template;
    }

    /// <summary>Puts a path together.</summary>
    /// <param name="parts">The parts of the path, as they are written in it.</param>
    public string Fill(IReadOnlyList<KeyValuePair<string, string>> parts)
    {
        var path = new StringBuilder();
        foreach (var (text, name, keepsSlashes) in _pieces)
        {
            path.Append(text);
            if (name is not null)
            {
                var part = parts.FirstOrDefault(part => part.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value ?? "";
                path.Append(keepsSlashes ? part : part.Replace("/", "%2F", StringComparison.Ordinal));
            }
        }

        // What is not there takes the slash before it along.
        return _pieces is [.., (_, not null, _)] && path.Length > 1 && path[^1] == '/' && parts.All(part => !part.Value.EndsWith('/')) ? path.ToString(0, path.Length - 1) : path.ToString();
    }
}
