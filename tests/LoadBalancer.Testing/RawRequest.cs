namespace LoadBalancer.Testing;

/// <summary>Requests as text, for clients at the level of bytes.</summary>
public static class RawRequest
{
    /// <summary>A GET without a body.</summary>
    public static string Get(string target = "/", params ReadOnlySpan<string> headers) => WithoutBody("GET", target, headers);

    /// <summary>A request without a body.</summary>
    public static string WithoutBody(string method, string target = "/", params ReadOnlySpan<string> headers) =>
        $"{method} {target} HTTP/1.1\r\nHost: example.com\r\n{Lines(headers)}\r\n";

    /// <summary>A POST with a body of known length.</summary>
    public static string Post(string body, params ReadOnlySpan<string> headers) =>
        $"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: {body.Length}\r\n{Lines(headers)}\r\n{body}";

    /// <summary>The head of a POST with a chunked body, which is to follow.</summary>
    public static string ChunkedPost(params ReadOnlySpan<string> headers) =>
        $"POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n{Lines(headers)}\r\n";

    /// <summary>One chunk of a body; the empty one is its end.</summary>
    public static string Chunk(string text) => $"{text.Length:x}\r\n{text}\r\n";

    private static string Lines(ReadOnlySpan<string> headers)
    {
        var lines = "";
        foreach (var header in headers)
        {
            lines += header + "\r\n";
        }

        return lines;
    }
}
