namespace LoadBalancer.Proxy.Configuration;

/// <summary>Header fields by name. Two sets with the same fields are equal, so that a reload that changes nothing is seen to.</summary>
internal sealed class HeaderSet(IReadOnlyDictionary<string, string> fields) : Dictionary<string, string>(fields, StringComparer.OrdinalIgnoreCase)
{
    /// <summary>No fields.</summary>
    public static readonly HeaderSet Empty = new(new Dictionary<string, string>());

    /// <inheritdoc />
    public override bool Equals(object? obj) =>
        obj is HeaderSet other && Count == other.Count && this.All(field => other.TryGetValue(field.Key, out var value) && value == field.Value);

    /// <inheritdoc />
    public override int GetHashCode() => Count;
}
