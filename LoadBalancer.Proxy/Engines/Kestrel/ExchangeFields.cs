using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The header fields of the request, as routes look at them.</summary>
internal sealed partial class Exchange : IFields
{
    /// <inheritdoc />
    public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
    {
        var lines = Context.Request.Headers[name];
        value = line < lines.Count ? lines[line] : default;
        return line < lines.Count;
    }
}
