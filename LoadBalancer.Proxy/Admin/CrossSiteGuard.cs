using System.Net.Mime;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Admin;

/// <summary>
/// Refuses calls that change something and that a page of a stranger has the operator's browser make. Such a page can send forms and texts without
/// asking anybody; for JSON the browser would ask this listener first (CORS), which never allows it. What it does send, it says where from.
/// </summary>
internal static class CrossSiteGuard
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>The middleware.</summary>
    public static Task CheckAsync(HttpContext context, RequestDelegate next) => Refuse(context.Request) is { } refusal ? refusal.ExecuteAsync(context) : next(context);

    private static ProblemHttpResult? Refuse(HttpRequest request)
    {
        // A call that there is not is told so, and changes nothing.
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        // An origin is told by browsers alone, and one that they hide is "null". Who calls by a program sends neither.
        if (request.Headers.Origin is { Count: > 0 } origin && !origin.ToString().Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            return Problem(StatusCodes.Status403Forbidden, "Another origin", "A page of another origin may not change anything here.");
        }

        if (request.Headers[FetchSite].ToString().Equals("cross-site", StringComparison.OrdinalIgnoreCase))
        {
            return Problem(StatusCodes.Status403Forbidden, "Another site", "A page of another site may not change anything here.");
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            ? null
            : Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", $"A call that changes something needs the field Content-Type: {MediaTypeNames.Application.Json}, also where it has no body.");
    }

    private static ProblemHttpResult Problem(int status, string title, string detail) => TypedResults.Problem(title: title, detail: detail, statusCode: status);
}
