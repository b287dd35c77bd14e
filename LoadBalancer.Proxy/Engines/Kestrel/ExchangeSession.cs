using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange tells the client which destination its session is with.</summary>
internal sealed partial class Exchange
{
    /// <summary>Writes the cookie or header of a session that begins or moves.</summary>
    /// <param name="headers">The header fields of the answer.</param>
    /// <param name="trusted">The proxies whose word on the scheme that the client used is taken.</param>
    public void WriteSession(IHeaderDictionary headers, TrustedProxies trusted)
    {
        var fate = _attempts.Session;
        if (fate == SessionFate.None)
        {
            return;
        }

        _services.Metrics.SessionServed(Cluster!.Name, fate.Tag());
        if (fate == SessionFate.Kept)
        {
            return;
        }

        var (sessions, destination) = (Cluster.Sessions!, _relayed!.Member.Destination);
        if (sessions.Options.Policy == SessionAffinityPolicy.CustomHeader)
        {
            headers[sessions.Name] = sessions.IdOf(destination);
        }
        else
        {
            var isSecure = RequestFields.SchemeOf(Context, trusted).Equals("https", StringComparison.OrdinalIgnoreCase);
            headers.SetCookie = StringValues.Concat(headers.SetCookie, SessionCookie.Of(sessions, destination, isSecure, _services.Time.GetUtcNow()));
        }
    }
}
