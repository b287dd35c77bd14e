using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the transforms of a route make of path and query. What they leave alone of them goes on byte for byte.</summary>
internal sealed class TargetChanges
{
    private readonly List<Func<PathString, PathString>> _path = [];
    private readonly List<Action<Dictionary<string, StringValues>>> _query = [];

    /// <summary>Takes a transform up.</summary>
    /// <returns>False where it is none of path or query.</returns>
    public bool Take(string name, IReadOnlyDictionary<string, string> transform)
    {
        var value = transform[name];
        switch (name)
        {
            case TransformTable.PathPrefix:
                var prefix = Written(value);
                _path.Add(path => prefix.Add(path));
                return true;
            case TransformTable.PathRemovePrefix:
                var removed = Written(value);
                _path.Add(path => path.StartsWithSegments(removed, out var rest) ? rest : path);
                return true;
            case TransformTable.PathSet:
                var set = Written(value);
                _path.Add(_ => set);
                return true;
            case TransformTable.QueryValueParameter when transform.GetValueOrDefault(TransformTable.Set) is { } text:
                _query.Add(query => query[value] = text);
                return true;
            case TransformTable.QueryValueParameter:
                var appended = transform[TransformTable.Append];
                _query.Add(query => query[value] = StringValues.Concat(query.GetValueOrDefault(value), appended));
                return true;
            case TransformTable.QueryRemoveParameter:
                _query.Add(query => query.Remove(value));
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
        var sent = ChangePath(target[..^query.Length]) + ChangeQuery(query);
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

        var changed = _path.Aggregate(new PathString(TargetPath.Canonical(path)), (before, change) => change(before));
        return changed.HasValue ? changed.Value : "/";
    }

    private string ChangeQuery(string query)
    {
        if (_query.Count == 0)
        {
            return query;
        }

        var parameters = QueryHelpers.ParseQuery(query);
        _query.ForEach(change => change(parameters));
        return new QueryBuilder(parameters).ToQueryString().Value ?? "";
    }

    // Encoded from the beginning: in a decoded path, an encoded slash can no longer be told from an encoded percent sign.
    private static PathString Written(string path) => new((path.StartsWith('/') ? "" : "/") + TargetPath.Encode(path));
}
