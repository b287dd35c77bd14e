using LoadBalancer.Proxy.Http;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Routing;

/// <summary>A request, as far as routes look at it.</summary>
internal sealed class Ask : IFields
{
    public string Method { get; init; } = "GET";

    public string Host { get; init; } = "localhost";

    public int? Port { get; init; }

    public string Path { get; init; } = "/";

    public string Query { get; init; } = "";

    public string Scheme { get; init; } = "http";

    public Dictionary<string, StringValues> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    public RequestFacts Facts => new(Method, Port is null ? Host : $"{Host}:{Port}", Path, this, Query, Scheme);

    public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
    {
        var lines = Headers.GetValueOrDefault(name);
        value = line < lines.Count ? lines[line] : default;
        return line < lines.Count;
    }

    public override string ToString() => $"{Method} {Host} {Port} {Path}?{Query} {string.Join(' ', Headers.Select(header => $"{header.Key}={header.Value}"))}";
}
