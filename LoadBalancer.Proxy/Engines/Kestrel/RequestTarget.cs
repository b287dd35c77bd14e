using LoadBalancer.Proxy.Http;
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

        var rest = TargetPath.PathAndQuery(target);
        return rest.StartsWith('/') ? rest.ToString() : $"/{rest}";
    }
}
