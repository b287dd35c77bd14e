using System.Net;
using System.Security.Cryptography;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoadBalancer.Proxy.Admin;

/// <summary>
/// Who may call the admin listener. With a token, who sends it (RFC 6750); without one, who is on this machine.
/// What is mapped with <c>AllowAnonymous</c> is open to everybody: who probes for health has no secrets.
/// </summary>
internal sealed class AdminAccess(Func<AdminOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>The middleware. Comes after routing, so that whatever is not said to be open is closed, also a path that there is not.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (Refuse(context) is not { } refusal)
        {
            return next(context);
        }

        if (refusal.StatusCode == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = TokenOf(context.Request) is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        }

        return refusal.ExecuteAsync(context);
    }

    /// <summary>Whether a call that was let in would be let in again: while its answer goes on, the token may have become another.</summary>
    public bool IsStillOpenTo(HttpContext context) => Refuse(context) is null;

    private ProblemHttpResult? Refuse(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return null;
        }

        if (options().Token is { Length: > 0 } token)
        {
            return TokenOf(context.Request) is not { } sent ? NotAuthorized("This call needs the bearer token of Admin:Token.")
                : !AreEqual(sent, token) ? NotAuthorized("The bearer token of this call is not that of Admin:Token.")
                : null;
        }

        // While a reload opens the listener to others, its token may not be in force yet.
        return context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local) ? Refuse("Without Admin:Token the API is served on this machine only.")
            : !LeadsHere(context.Request.Host.Host) ? Refuse("Without Admin:Token the API is called under localhost or an IP address only.")
            : null;
    }

    private static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var sent && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? sent[Scheme.Length..].Trim() : null;

    private static bool AreEqual(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    // A page of a stranger can make the operator's browser call here under a name of the stranger's (DNS rebinding).
    // It cannot do so under an address, or under a name that leads nowhere but to this machine (RFC 6761, 6.3).
    private static bool LeadsHere(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static ProblemHttpResult NotAuthorized(string detail) =>
        TypedResults.Problem(title: "Not authorized", detail: detail, statusCode: StatusCodes.Status401Unauthorized);

    private static ProblemHttpResult Refuse(string detail) =>
        TypedResults.Problem(title: "Not this host", detail: detail, statusCode: StatusCodes.Status403Forbidden);
}
