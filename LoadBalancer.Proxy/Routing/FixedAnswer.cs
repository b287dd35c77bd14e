using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Routing;

/// <summary>An answer that is always the same. It never changes.</summary>
internal sealed class FixedAnswer
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly byte[] _body;
    private readonly byte[] _lines;

    /// <param name="options">What it says; must be valid.</param>
    public FixedAnswer(RespondOptions options)
    {
        Status = options.StatusCode;
        HasLength = options.HasLength;
        _body = Encoding.UTF8.GetBytes(options.Body ?? "");
        Fields = [.. options.Headers.Select(field => KeyValuePair.Create(field.Key, field.Value)), .. _body.Length > 0 ? [KeyValuePair.Create("Content-Type", options.ContentType ?? PlainText)] : Array.Empty<KeyValuePair<string, string>>()];
        _lines = Encoding.Latin1.GetBytes(string.Concat(Fields.Select(field => $"{field.Key}: {field.Value}\r\n")));
    }

    /// <summary>The status.</summary>
    public int Status { get; }

    /// <summary>Whether it says how long its body is.</summary>
    public bool HasLength { get; }

    /// <summary>The header fields of the operator, and that of the media type.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; }

    /// <summary>The same as bytes.</summary>
    public ReadOnlySpan<byte> Lines => _lines;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body => _body;
}
