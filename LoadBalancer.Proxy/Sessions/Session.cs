using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Sessions;

/// <summary>What a request says of its session.</summary>
internal enum SessionKind : byte
{
    /// <summary>The cluster has none.</summary>
    None,

    /// <summary>It has none yet.</summary>
    New,

    /// <summary>It has one, with a destination of the cluster.</summary>
    Known,

    /// <summary>It has one with a destination that is gone, or made it up.</summary>
    Lost,
}

/// <summary>The session of a request.</summary>
/// <param name="Kind">What the request says of it.</param>
/// <param name="Destination">The destination, where it is <see cref="SessionKind.Known"/>.</param>
internal readonly record struct Session(SessionKind Kind, Destination? Destination = null)
{
    private const string Cookie = "Cookie";

    /// <summary>Reads the session of a request, without allocating.</summary>
    /// <param name="sessions">Those of its cluster; null when it has none.</param>
    /// <param name="fields">Its header fields.</param>
    public static Session Of(SessionTable? sessions, IFields fields) => sessions is null ? default
        : sessions.Options.Policy != SessionAffinityPolicy.CustomHeader ? OfCookie(sessions, fields)
        : !fields.TryGet(sessions.Name, 0, out var id) ? new Session(SessionKind.New)
        : sessions.Find(id) is { } destination ? new Session(SessionKind.Known, destination)
        : new Session(SessionKind.Lost);

    // Of several with one name the first that is ours: a client may have one for each of two paths.
    private static Session OfCookie(SessionTable sessions, IFields fields)
    {
        var kind = SessionKind.New;
        for (var line = 0; fields.TryGet(Cookie, line, out var cookies); line++)
        {
            foreach (var id in new ValuesOf(cookies, ';', sessions.Name))
            {
                if (sessions.Find(id) is { } destination)
                {
                    return new Session(SessionKind.Known, destination);
                }

                kind = SessionKind.Lost;
            }
        }

        return new Session(kind);
    }
}
