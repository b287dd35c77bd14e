using System.Net;
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

    /// <summary>Whether the call names this machine, where no token proves that the operator sent it.</summary>
    /// <remarks>
    /// A page of a stranger can make the operator's browser call here under a name of the stranger's (DNS rebinding).
    /// It cannot do so under an address, or under a name that leads nowhere but to this machine (RFC 6761, 6.3).
    /// </remarks>
    public bool IsCalledByItsName(HttpRequest request)
    {
        var host = request.Host.Host;
        return options().Token is { Length: > 0 }
            || !request.Path.StartsWithSegments("/api")
            || host.Length == 0
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(host.Trim('[', ']'), out _);
    }

    /// <summary>The middleware.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsCalledByItsName(context.Request))
        {
            return Results.Problem(
                title: "Not this host",
                detail: "Without Admin:Token the API is called under localhost or an IP address only.",
                statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
        }

        if (Allows(context.Request))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem(title: "Not authorized", detail: "This call needs the bearer token of Admin:Token.", statusCode: StatusCodes.Status401Unauthorized)
            .ExecuteAsync(context);
    }
}
