using System.Security.Cryptography;
using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Admin;

/// <summary>Lets calls of the API pass that carry the bearer token, if one is set (RFC 6750). Health stays open: who probes has no secrets.</summary>
internal sealed class AdminToken(Func<AdminOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether the call may pass.</summary>
    public bool Allows(HttpRequest request)
    {
        if (options().Token is not { Length: > 0 } token || !request.Path.StartsWithSegments("/api"))
        {
            return true;
        }

        var sent = request.Headers.Authorization.ToString();
        return sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent[Scheme.Length..].Trim()), Encoding.UTF8.GetBytes(token));
    }

    /// <summary>The middleware.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (Allows(context.Request))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem(title: "Not authorized", detail: "This call needs the bearer token of Admin:Token.", statusCode: StatusCodes.Status401Unauthorized)
            .ExecuteAsync(context);
    }
}
