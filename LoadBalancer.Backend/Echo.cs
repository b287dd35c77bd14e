using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Backend;

/// <summary>A request as it arrived here.</summary>
/// <param name="Method">The request method.</param>
/// <param name="Target">The request target as on the wire, not decoded.</param>
/// <param name="Path">The path, decoded.</param>
/// <param name="Query">The query, with its question mark; empty without one.</param>
/// <param name="Protocol">For instance <c>HTTP/1.1</c>.</param>
/// <param name="Connection">Which connection it came by: equal for requests that shared one.</param>
/// <param name="Headers">Each header line by name.</param>
/// <param name="Trailers">Each trailer by name.</param>
/// <param name="BodyLength">Length of the body in bytes.</param>
/// <param name="Body">The body as UTF-8, when it is no longer than 64 KiB.</param>
internal sealed record EchoAnswer(
    string Method,
    string Target,
    string? Path,
    string? Query,
    string Protocol,
    string Connection,
    IReadOnlyDictionary<string, string?[]> Headers,
    IReadOnlyDictionary<string, string?[]> Trailers,
    long BodyLength,
    string? Body);

/// <summary>Answers a request with itself, to see what an intermediary made of it.</summary>
internal static class EchoExtensions
{
    private const int MostText = 64 * 1024;

    public static void MapEcho(this WebApplication app) => app.Map("/echo/{**rest}", (Delegate)AnswerAsync);

    private static async Task<EchoAnswer> AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var text = new MemoryStream();
        var length = await request.BodyReader.CountAsync(
            piece => text.Write(piece[..(int)Math.Min(piece.Length, MostText - text.Length)]), context.RequestAborted);
        var trailers = request.CheckTrailersAvailable() ? context.Features.GetRequiredFeature<IHttpRequestTrailersFeature>().Trailers : null;

        return new EchoAnswer(
            request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            request.Path.Value,
            request.QueryString.Value,
            request.Protocol,
            context.Connection.Id,
            Lines(request.Headers),
            Lines(trailers),
            length,
            length <= MostText ? Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) : null);
    }

    private static Dictionary<string, string?[]> Lines(IHeaderDictionary? headers) =>
        headers?.ToDictionary(header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase) ?? [];
}
