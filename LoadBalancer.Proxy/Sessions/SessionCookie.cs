using System.Globalization;
using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Sessions;

/// <summary>The cookie that a client gets for its session.</summary>
internal static class SessionCookie
{
    /// <summary>The value of <c>Set-Cookie</c> (RFC 6265, 4.1).</summary>
    /// <param name="sessions">The sessions of the cluster.</param>
    /// <param name="destination">The destination that it is to stay with.</param>
    /// <param name="isSecure">Whether the client asked over TLS.</param>
    /// <param name="now">The time of day.</param>
    public static string Of(SessionTable sessions, Destination destination, bool isSecure, DateTimeOffset now)
    {
        var options = sessions.Options.Cookie;
        var text = new StringBuilder($"{sessions.Name}={sessions.IdOf(destination)}; path={options.Path}");
        Append(text, "; domain=", options.Domain);
        Append(text, "; expires=", (now + options.Expiration)?.ToString("R", CultureInfo.InvariantCulture));
        Append(text, "; max-age=", options.MaxAge is { } age ? ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null);
        Append(text, "; samesite=", options.SameSite == CookieSite.Unspecified ? null : options.SameSite.ToString().ToLowerInvariant());
        text.Append(options.SecurePolicy == CookieSecurity.Always || (options.SecurePolicy == CookieSecurity.SameAsRequest && isSecure) ? "; secure" : "");
        text.Append(options.HttpOnly ? "; httponly" : "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, string attribute, string? value)
    {
        if (value is not null)
        {
            text.Append(attribute).Append(value);
        }
    }
}
