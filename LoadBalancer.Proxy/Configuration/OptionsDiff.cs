using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>What became of a key.</summary>
internal enum OptionsChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>One difference between two configurations.</summary>
/// <param name="Change">What became of it.</param>
/// <param name="Kind">What it is about: route, cluster, destination, listener, service or setting.</param>
/// <param name="Path">Its key.</param>
/// <param name="Before">What stood there, as JSON where it is no single value, without what is as it is by default; null where nothing did. Secrets are masked.</param>
/// <param name="After">The same of what stands there now.</param>
/// <param name="IsForNextStart">Whether it has no effect before the next start.</param>
internal sealed record OptionsChange(OptionsChangeKind Change, string Kind, string Path, string? Before, string? After, bool IsForNextStart);

/// <summary>Finds the differences between two configurations.</summary>
internal static class OptionsDiff
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The differences between two readings: options, addresses of services, and log levels.</summary>
    public static IReadOnlyList<OptionsChange> Between(ConfigurationReading before, ConfigurationReading after) =>
    [
        .. Between(before.Options, after.Options),
        .. OfTexts(before.Services.Addresses, after.Services.Addresses, "service"),
        .. OfTexts(Levels(before), Levels(after), "setting"),
    ];

    /// <summary>The differences between two options, in the order of their keys.</summary>
    public static IReadOnlyList<OptionsChange> Between(LoadBalancerOptions before, LoadBalancerOptions after)
    {
        var changes = new List<OptionsChange>();
        var (written, sparse) = (Pair(isSparse: false), Pair(isSparse: true));
        Compare("", written.Before, written.After, sparse.Before, sparse.After);
        return changes;

        (JsonObject Before, JsonObject After) Pair(bool isSparse) => (OptionsTree.Write(before, isSparse), OptionsTree.Write(after, isSparse));

        void Compare(string path, JsonObject left, JsonObject right, JsonNode? leftSparse, JsonNode? rightSparse)
        {
            foreach (var key in left.Select(child => child.Key).Union(right.Select(child => child.Key), StringComparer.OrdinalIgnoreCase))
            {
                var (one, other) = (left[key], right[key]);
                var (oneSparse, otherSparse) = (Child(leftSparse, key), Child(rightSparse, key));
                var at = path.Length == 0 ? key : ConfigurationPath.Combine(path, key);
                if (one is JsonObject oneObject && other is JsonObject otherObject)
                {
                    Compare(at, oneObject, otherObject, oneSparse, otherSparse);
                }
                else if (!JsonNode.DeepEquals(one, other))
                {
                    changes.Add(new OptionsChange(KindOf(one, other), AboutOf(at), at, Describe(one, oneSparse), Describe(other, otherSparse), IsForNextStart(at)));
                }
            }
        }
    }

    private static IEnumerable<OptionsChange> OfTexts(IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> after, string about) =>
        from key in before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
        let pair = (Before: before.GetValueOrDefault(key), After: after.GetValueOrDefault(key))
        where pair.Before != pair.After
        select new OptionsChange(
            pair.Before is null ? OptionsChangeKind.Added : pair.After is null ? OptionsChangeKind.Removed : OptionsChangeKind.Changed, about, key, pair.Before, pair.After, false);

    private static Dictionary<string, string?> Levels(ConfigurationReading reading) => reading.Host
        .Where(pair => pair.Value is not null && pair.Key.StartsWith(HostSettings.Logging + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    private static JsonNode? Child(JsonNode? node, string key) => (node as JsonObject)?[key];

    private static OptionsChangeKind KindOf(JsonNode? before, JsonNode? after) =>
        before is null ? OptionsChangeKind.Added : after is null ? OptionsChangeKind.Removed : OptionsChangeKind.Changed;

    // An object is told by what is not as it is by default; what is no object may be so, and is told all the same.
    private static string? Describe(JsonNode? node, JsonNode? sparse) => OptionsTree.Show(node is JsonObject ? sparse ?? new JsonObject() : node) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(Plain),
    };

    private static string AboutOf(string path) => path.Split(':') switch
    {
        ["Routes", _, ..] => "route",
        ["Clusters", _, "Destinations", _, ..] => "destination",
        ["Clusters", _, ..] => "cluster",
        ["Listeners", _, ..] => "listener",
        _ => "setting",
    };

    private static bool IsForNextStart(string path) => typeof(LoadBalancerOptions).GetProperty(path.Split(':')[0])!.IsDefined(typeof(ReadAtStartAttribute));
}
