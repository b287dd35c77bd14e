using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Parts = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the transforms of a route make of path and query. What they leave alone of them goes on byte for byte.</summary>
/// <param name="pattern">The paths that the route takes.</param>
internal sealed class TargetChanges(PathPattern pattern)
{
    private readonly List<Func<PathString, Parts, PathString>> _path = [];
    private readonly List<Action<Dictionary<string, StringValues>, Parts>> _query = [];

    /// <summary>Takes a transform up.</summary>
    /// <param name="transformName">Which it is.</param>
    /// <param name="transform">All of it.</param>
    /// <returns>False where it is none of path or query.</returns>
    public bool Take(string transformName, IReadOnlyDictionary<string, string> transform)
    {
        var value = transform[transformName];
        switch (transformName)
        {
            case TransformTable.PathPrefix:
                var prefix = Written(value);
                _path.Add((path, _) => prefix.Add(path));
                return true;
            case TransformTable.PathRemovePrefix:
                var removed = Written(value);
                _path.Add((path, _) => path.StartsWithSegments(removed, out var rest) ? rest : path);
                return true;
            case TransformTable.PathSet:
                var set = Written(value);
                _path.Add((_, _) => set);
                return true;
            case TransformTable.PathPattern:
                var template = PathTemplate.TryParse((value.StartsWith('/') ? "" : "/") + value)!;
                _path.Add((_, parts) => new PathString(template.Fill(parts)));
                return true;
            case TransformTable.QueryValueParameter when transform.GetValueOrDefault(TransformTable.Set) is { } text:
                _query.Add((query, _) => query[value] = text);
                return true;
            case TransformTable.QueryValueParameter:
                var appended = transform[TransformTable.Append];
                _query.Add((query, _) => query[value] = StringValues.Concat(query.GetValueOrDefault(value), appended));
                return true;
            case TransformTable.QueryRouteParameter:
                var (name, isAppended) = (TransformTable.ValueOf(transform)!, transform.ContainsKey(TransformTable.Append));
                _query.Add((query, parts) =>
                {
                    var part = parts.FirstOrDefault(part => part.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
                    query[value] = isAppended ? StringValues.Concat(query.GetValueOrDefault(value), part) : part;
                });
                return true;
            case TransformTable.QueryRemoveParameter:
                _query.Add((query, _) => query.Remove(value));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Changes the target of a request.</summary>
    /// <returns>What it is refused with; null when it is not.</returns>
    public Refusal? Apply(RequestHead head)
    {
        if (_path.Count == 0 && _query.Count == 0)
        {
            return null;
        }

        if (_path.Count > 0 && TargetPath.Climbs(head.Target))
        {
            return Refusal.ClimbingPath;
        }

        var rest = TargetPath.PathAndQuery(head.Target);
        var target = rest.StartsWith('/') ? rest.ToString() : $"/{rest}";
        var query = target.IndexOf('?') is >= 0 and var mark ? target[mark..] : "";
        var sent = ChangePath(target[..^query.Length]) + ChangeQuery(query, head.Target);
        if (!sent.StartsWith('/') || !MessageSyntax.IsTarget(sent))
        {
            return Refusal.UnfitPath;
        }

        head.SendAs(sent);
        return null;
    }

    private string ChangePath(string path)
    {
        if (_path.Count == 0)
        {
            return path;
        }

        // Parts of the path stand in a path as they are written.
        var written = TargetPath.Canonical(path);
        var parts = pattern.PartsOf(written);
        var changed = _path.Aggregate(new PathString(written), (before, change) => change(before, parts));
        return changed.HasValue ? changed.Value : "/";
    }

    private string ChangeQuery(string query, ReadOnlySpan<char> target)
    {
        if (_query.Count == 0)
        {
            return query;
        }

        // And everywhere else as they are meant.
        var parts = pattern.PartsOf(TargetPath.Of(target, []));
        var parameters = QueryHelpers.ParseQuery(query);
        _query.ForEach(change => change(parameters, parts));
        return new QueryBuilder(parameters).ToQueryString().Value ?? "";
    }

    // Encoded from the beginning: in a decoded path, an encoded slash can no longer be told from an encoded percent sign.
    private static PathString Written(string path) => new((path.StartsWith('/') ? "" : "/") + TargetPath.Encode(path));
}
