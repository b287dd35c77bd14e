using System.Net.Mime;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The page of the admin listener: what <c>/api/events</c> tells, as it tells it.</summary>
internal static class StatusPage
{
    // It runs nothing and asks nobody but what this listener serves, and nobody may frame it.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Maps the files of the page. They hold nothing that is secret; it is the API that asks for the token.</summary>
    public static void MapStatusPage(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapFile("/", "index.html", MediaTypeNames.Text.Html);
        endpoints.MapFile("/status.css", "status.css", MediaTypeNames.Text.Css);
        endpoints.MapFile("/status.js", "status.js", MediaTypeNames.Text.JavaScript);
        endpoints.MapFile("/explain.js", "explain.js", MediaTypeNames.Text.JavaScript);
        endpoints.MapFile("/rows.js", "rows.js", MediaTypeNames.Text.JavaScript);
        endpoints.MapFile("/graphs.js", "graphs.js", MediaTypeNames.Text.JavaScript);
        endpoints.MapFile("/events.js", "events.js", MediaTypeNames.Text.JavaScript);
    }

    private static void MapFile(this IEndpointRouteBuilder endpoints, string path, string file, string mediaType)
    {
        var bytes = Read(file);
        endpoints.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(bytes, $"{mediaType}; charset=utf-8");
        }).DisableHttpMetrics();
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(StatusPage).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The program was built without {file}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
