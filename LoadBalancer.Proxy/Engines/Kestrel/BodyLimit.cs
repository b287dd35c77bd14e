using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Holds the body of a request to the length that its route allows.</summary>
internal static class BodyLimit
{
    /// <summary>Whether the body may be read. One of unknown length may be, up to the limit: reading on then fails with 413.</summary>
    /// <param name="context">The request, of which nothing but the head was read.</param>
    /// <param name="size">How long the body may be, in bytes.</param>
    public static bool Admits(HttpContext context, long size)
    {
        if (context.Request.ContentLength is { } length)
        {
            // The web server is not told: it would close before the client, which may still be sending, has read the refusal.
            return length <= size;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = size;
        }

        return true;
    }
}
