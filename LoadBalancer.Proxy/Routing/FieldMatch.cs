using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>What one header field must look like. It never changes.</summary>
internal sealed class FieldMatch(HeaderMatchOptions options)
{
    private readonly string[] _texts = [.. options.Values];
    private readonly StringComparison _comparison = options.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether the field is as wanted among these.</summary>
    public bool Matches(IFields fields) => options.Mode switch
    {
        HeaderMatchMode.Exists => fields.TryGet(options.Name, 0, out _),
        HeaderMatchMode.NotExists => !fields.TryGet(options.Name, 0, out _),
        HeaderMatchMode.NotContains => !HasAny(fields),
        _ => HasAny(fields),
    };

    private bool HasAny(IFields fields)
    {
        for (var line = 0; fields.TryGet(options.Name, line, out var value); line++)
        {
            foreach (var text in _texts)
            {
                if (Has(value, text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool Has(ReadOnlySpan<char> value, string text) => options.Mode switch
    {
        HeaderMatchMode.ExactHeader => value.Equals(text, _comparison),
        HeaderMatchMode.HeaderPrefix => value.StartsWith(text, _comparison),
        HeaderMatchMode.Contains or HeaderMatchMode.NotContains => value.Contains(text, _comparison),
        _ => throw new InvalidOperationException($"Header mode {options.Mode} compares no values."),
    };
}
