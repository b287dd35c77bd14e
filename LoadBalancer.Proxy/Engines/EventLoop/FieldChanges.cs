using System.Text;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// What the transforms of a route make of the fields of one kind of message, all of them together: which of those that came are kept, and which lines are added.
/// It does not change once it is in use.
/// </summary>
internal sealed class FieldChanges
{
    // What an answer of the proxy itself says of itself.
    private static readonly string[] OfOwnAnswers = ["Allow", "Content-Type", "Retry-After", "Date", RequestId.Header];

    private readonly Dictionary<string, Change> _changes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The lines that are added.</summary>
    public byte[] Added { get; private set; } = [];

    /// <summary>Those of them that answers of the proxy itself get as well.</summary>
    public byte[] AddedToOwn { get; private set; } = [];

    /// <summary>Which fields are copied at all.</summary>
    public CopiedFields Copied { get; } = new();

    /// <summary>Puts a value in place of all that there is.</summary>
    public void Set(string name, string value) => _changes[name] = new Change(IsKept: false, IsAppendedTo: false, [value]);

    /// <summary>Adds a value. What is added to has to be there, whatever is copied.</summary>
    public void Append(string name, string value) =>
        _changes[name] = _changes.TryGetValue(name, out var change)
            ? change with { IsAppendedTo = change.IsKept, Values = [.. change.Values, value] }
            : new Change(IsKept: true, IsAppendedTo: true, [value]);

    /// <summary>Takes out all values.</summary>
    public void Remove(string name) => _changes[name] = new Change(IsKept: false, IsAppendedTo: false, []);

    /// <summary>Makes the lines. Nothing is changed afterwards.</summary>
    public void Complete()
    {
        Added = LinesOf(_changes);
        AddedToOwn = LinesOf(_changes.Where(change => !OfOwnAnswers.Contains(change.Key, StringComparer.OrdinalIgnoreCase)));
    }

    /// <summary>Whether a field that came is kept, if it may go on at all.</summary>
    public bool Keeps(ReadOnlySpan<byte> name)
    {
        foreach (var (changed, change) in _changes)
        {
            if (Ascii.EqualsIgnoreCase(name, changed))
            {
                return change.IsKept && (change.IsAppendedTo || Copied.Passes(name));
            }
        }

        return Copied.Passes(name);
    }

    /// <summary>Whether a field is among those that are added.</summary>
    public bool Adds(string name) => _changes.TryGetValue(name, out var change) && change.Values.Length > 0;

    private static byte[] LinesOf(IEnumerable<KeyValuePair<string, Change>> changes) =>
        Encoding.Latin1.GetBytes(string.Concat(changes.SelectMany(change => change.Value.Values, (change, value) => $"{change.Key}: {value}\r\n")));

    private sealed record Change(bool IsKept, bool IsAppendedTo, string[] Values);
}
