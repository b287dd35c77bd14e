using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Decides whether an answer is compressed, and says so in its head.</summary>
internal static class AnswerCompression
{
    private const string NoTransform = "no-transform";
    private const string EventStream = "text/event-stream";

    // A digest is of the content as it was sent (RFC 9530, 2), which it would not be any more.
    private static readonly string[] Digests = ["Content-Digest", "Content-MD5", "Digest"];

    /// <summary>Decides, and writes the fields. The head has been copied; nothing has been sent.</summary>
    /// <returns>The coding; null where the answer goes through as it is.</returns>
    public static ContentCoding? Begin(HttpContext context, CompressionOptions options)
    {
        var (request, response) = (context.Request, context.Response);
        if (!IsFit(response, options))
        {
            return null;
        }

        // Whoever keeps the answer must know that others get another one (RFC 9110, 12.5.5), also where this one is not compressed.
        var headers = response.Headers;
        if (!headers.Vary.ToString().Contains(HeaderNames.AcceptEncoding, StringComparison.OrdinalIgnoreCase) && headers.Vary != "*")
        {
            headers.Vary = StringValues.Concat(headers.Vary, HeaderNames.AcceptEncoding);
        }

        if (HttpMethods.IsHead(request.Method)
            || request.Headers.CacheControl.ToString().Contains(NoTransform, StringComparison.OrdinalIgnoreCase)
            || ContentCodings.Choose(request.Headers.AcceptEncoding.ToString(), options.Codings) is not { } coding)
        {
            return null;
        }

        headers.ContentEncoding = coding.Name();
        headers.ContentLength = null;
        headers.Remove(HeaderNames.AcceptRanges);
        if (headers.ETag is [{ } tag] && tag.StartsWith('"'))
        {
            // It is the same to the reader, but not byte for byte (RFC 9110, 8.8.1).
            headers.ETag = $"W/{tag}";
        }

        return coding;
    }

    private static bool IsFit(HttpResponse response, CompressionOptions options)
    {
        var headers = response.Headers;
        if (response.StatusCode is < 200 or 204 or 205 or 206 or 304
            || headers.ContentEncoding.Count > 0
            || headers.ContainsKey(HeaderNames.ContentRange)
            || response.ContentLength < options.MinimumSize
            || headers.CacheControl.ToString().Contains(NoTransform, StringComparison.OrdinalIgnoreCase)
            || Array.Exists(Digests, headers.ContainsKey))
        {
            return false;
        }

        var type = headers.ContentType.ToString();
        return !MediaTypes.Matches(type, EventStream) && options.ContentTypes.Any(pattern => MediaTypes.Matches(type, pattern));
    }
}
