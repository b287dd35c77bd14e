using System.Text.Json;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The body of a call that asks what would become of a request.</summary>
/// <param name="Method">Its method; GET when missing.</param>
/// <param name="Url">Its URL, whole or from the path on.</param>
/// <param name="Headers">Its header fields: a text for each name, or a list of texts.</param>
/// <param name="Client">The address of its client, behind the trusted proxies.</param>
internal sealed record ExplainBody(string? Method, string? Url, IReadOnlyDictionary<string, JsonElement>? Headers, string? Client);

/// <summary>A request that somebody thinks of, as far as rules look at it.</summary>
internal sealed class ExplainRequest : IFields
{
    private const string HostField = "Host";

    private readonly Dictionary<string, List<string>> _fields = new(StringComparer.OrdinalIgnoreCase);

    private ExplainRequest(string method) => Method = method;

    public string Method { get; }

    /// <summary>The host that it asks for, with a port where it names one; empty where it names none.</summary>
    public string Authority => _fields.TryGetValue(HostField, out var lines) ? lines[0] : "";

    /// <summary>The scheme that its client uses; http where the URL names none.</summary>
    public string Scheme { get; private init; } = "http";

    /// <summary>Its path and query.</summary>
    public string Target { get; private init; } = "/";

    /// <summary>The address of its client; empty where nobody knows.</summary>
    public byte[] Client { get; private init; } = [];

    /// <summary>Reads what was asked for.</summary>
    /// <returns>The request, or what is wrong with it.</returns>
    public static (ExplainRequest? Request, string Error) Read(ExplainBody body)
    {
        var method = body.Method ?? "GET";
        if (!MessageSyntax.IsToken(method))
        {
            return (null, $"method '{method}' is not a method.");
        }

        if (string.IsNullOrEmpty(body.Url))
        {
            return (null, "url is missing: write http://host/path, or /path.");
        }

        var start = body.Url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "http://".Length : body.Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https://".Length : 0;
        if (start == 0 && body.Url[0] != '/')
        {
            return (null, $"url '{body.Url}' is not a URL: write http://host/path, or /path.");
        }

        if (!MessageSyntax.IsTarget(body.Url))
        {
            return (null, $"url '{body.Url}' has a fragment, or a character that has to be percent-encoded.");
        }

        var client = body.Client is { Length: > 0 } address ? TrustedProxies.TryParseAddress(address) : null;
        if (client is null && body.Client is { Length: > 0 })
        {
            return (null, $"client '{body.Client}' is not an IP address.");
        }

        var target = TargetPath.PathAndQuery(body.Url);
        var request = new ExplainRequest(method)
        {
            Scheme = start == "https://".Length ? "https" : "http",
            Target = target.StartsWith('/') ? target.ToString() : $"/{target}",
            Client = client is null ? [] : TrustedProxies.Fold(client).GetAddressBytes(),
        };
        foreach (var (name, value) in body.Headers ?? new Dictionary<string, JsonElement>())
        {
            if (request.Add(name, value) is { } error)
            {
                return (null, error);
            }
        }

        if (start > 0)
        {
            // The host of a whole URL goes before the field (RFC 9112, 3.2.2).
            request._fields[HostField] = [body.Url[start..^target.Length]];
        }

        return request.Authority.Length > 0 || start > 0 ? CheckHost(request) : (request, "");
    }

    /// <inheritdoc />
    public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
    {
        var isThere = _fields.TryGetValue(name, out var lines) && line < lines.Count;
        value = isThere ? lines![line] : default(ReadOnlySpan<char>);
        return isThere;
    }

    private static (ExplainRequest? Request, string Error) CheckHost(ExplainRequest request) =>
        MessageSyntax.IsHost(request.Authority) ? (request, "") : (null, $"'{request.Authority}' is not a host: write name or name:port.");

    private string? Add(string name, JsonElement value)
    {
        if (!MessageSyntax.IsToken(name))
        {
            return $"'{name}' is not the name of a header.";
        }

        var lines = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value };
        foreach (var line in lines)
        {
            if (line.ValueKind != JsonValueKind.String || line.GetString() is not { } text || !MessageSyntax.IsFieldValue(text))
            {
                return $"header {name} is not a text without control characters, or a list of such.";
            }

            if (!_fields.TryGetValue(name, out var list))
            {
                _fields.Add(name, list = []);
            }

            list.Add(text.Trim());
        }

        return null;
    }
}
