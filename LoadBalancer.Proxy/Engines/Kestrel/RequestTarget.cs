using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The target of a request as the client wrote it.</summary>
internal static class RequestTarget
{
    /// <summary>All of it.</summary>
    public static string Of(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>The path and query as the client wrote them (RFC 9110, 7.7; RFC 9112, 3.2.2).</summary>
    public static string OriginForm(HttpContext context)
    {
        var target = Of(context);
        if (target.StartsWith('/'))
        {
            return target;
        }

        // The absolute form, as proxies get it: the path begins at the first slash after the authority.
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority > 0)
        {
            var path = target.AsSpan(authority + 3).IndexOfAny('/', '?');
            var rest = path < 0 ? "" : target[(authority + 3 + path)..];
            return rest.StartsWith('/') ? rest : "/" + rest;
        }

        return context.Request.Path + context.Request.QueryString;
    }
}
