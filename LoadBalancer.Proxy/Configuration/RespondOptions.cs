using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>An answer that is always the same, without any destination.</summary>
internal sealed record RespondOptions
{
    /// <summary>How long the body may be, in bytes.</summary>
    public const int MostBody = 65_536;

    private const string NotAValue = "is empty, or has a character that cannot stand in the value of a header";

    // What frames the answer or manages the connection is for the proxy to write, and so is what it says of each request.
    private static readonly string[] Own =
        ["Connection", "Content-Length", "Content-Type", "Date", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", RequestId.Header];

    /// <summary>The status. Default 200.</summary>
    [Range(200, 599)]
    public int StatusCode { get; init; } = 200;

    /// <summary>Header fields of the answer, by name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = Named.Empty<string>();

    /// <summary>The body, which is sent as UTF-8. Default: none.</summary>
    public string? Body { get; init; }

    /// <summary>The media type of the body. Default <c>text/plain; charset=utf-8</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Whether an answer with this status has no content (RFC 9110, 15).</summary>
    private bool HasNoContent => StatusCode is 204 or 205 or 304;

    /// <summary>Whether an answer with this status says how long its body is (RFC 9110, 8.6).</summary>
    internal bool HasLength => StatusCode is not (204 or 304);

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(string path, RespondOptions respond, Action<string, string> report)
    {
        if (respond.HasNoContent && respond.Body is { Length: > 0 })
        {
            report($"{path}:Body", $"has no effect: an answer with status {respond.StatusCode} has no content");
        }
        else if (respond.Body is { } body && Encoding.UTF8.GetByteCount(body) > MostBody)
        {
            report($"{path}:Body", $"is longer than {MostBody} bytes");
        }

        if (respond.ContentType is { } type && (string.IsNullOrEmpty(respond.Body) || !IsValue(type)))
        {
            report($"{path}:ContentType", string.IsNullOrEmpty(respond.Body) ? "has no effect: there is no Body" : NotAValue);
        }

        foreach (var (name, value) in respond.Headers)
        {
            if (!MessageSyntax.IsToken(name))
            {
                report($"{path}:Headers:{name}", $"'{name}' is not the name of a header");
            }
            else if (Own.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                report($"{path}:Headers:{name}", name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) ? "has a key of its own: ContentType" : "is for the proxy itself to write");
            }
            else if (!IsValue(value))
            {
                report($"{path}:Headers:{name}", NotAValue);
            }
        }
    }

    // What is beyond Latin-1 could not be written.
    private static bool IsValue(string text) => text.Length > 0 && MessageSyntax.IsFieldValue(text) && !text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF');
}
