using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Compresses answers that destinations have not compressed, for clients that take it.</summary>
internal sealed record CompressionOptions
{
    /// <summary>The codings, the best first. Default <c>Br</c>, <c>Gzip</c>.</summary>
    public IReadOnlyList<ContentCoding> Codings { get; init; } = [ContentCoding.Br, ContentCoding.Gzip];

    /// <summary>How long an answer must be, in bytes; one that does not say its length may be. Default 1024.</summary>
    [Range(0, 1_000_000_000)]
    public int MinimumSize { get; init; } = 1024;

    /// <summary>The media types, each <c>type/subtype</c>, <c>type/*</c> or <c>*/*+suffix</c>. Default: those of text.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } =
        ["text/*", "application/json", "application/javascript", "application/xml", "application/wasm", "*/*+json", "*/*+xml"];

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(string path, CompressionOptions compression, Action<string, string> report)
    {
        if (compression.Codings.Count == 0)
        {
            report($"{path}:Codings", "is empty: there is no way to compress anything");
        }

        if (compression.Codings.Distinct().Count() < compression.Codings.Count)
        {
            report($"{path}:Codings", $"has one of them twice: {string.Join(", ", compression.Codings)}");
        }

        for (var i = 0; i < compression.ContentTypes.Count; i++)
        {
            if (!MediaTypes.IsPattern(compression.ContentTypes[i]))
            {
                report($"{path}:ContentTypes:{i}", $"'{compression.ContentTypes[i]}' is not a media type: write type/subtype, type/* or */*+suffix");
            }
        }
    }
}
