using System.Globalization;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Sends clients elsewhere. It never changes.</summary>
/// <param name="options">Where to; must be valid.</param>
internal sealed class Redirect(RedirectOptions options)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    private readonly string? _scheme = options.Scheme?.ToLowerInvariant();
    private readonly string _path = options.Path is null ? "" : TargetPath.Of(options.Path, []).ToString();
    private readonly string _query = TargetPath.Query(options.Path).ToString();

    /// <summary>The status of the answer.</summary>
    public int Status => options.Status;

    /// <summary>Whether a request is not there already: what it asks for differs in something that the redirect says. Else it would go in a circle.</summary>
    public bool LeadsElsewhere(in RequestFacts facts) =>
        (_scheme is not null && !facts.Scheme.SequenceEqual(_scheme))
        || (options.Host is not null && !facts.Host.Equals(options.Host, StringComparison.OrdinalIgnoreCase))
        || (options.Port is { } port && port != (facts.Port ?? UsualPort(facts.Scheme)))
        || (options.Path is not null && (!facts.Path.SequenceEqual(_path) || (options.Path.Contains('?') && !facts.Query.SequenceEqual(_query))));

    /// <summary>Where a request is sent.</summary>
    /// <param name="facts">The request. Its host must have been checked.</param>
    /// <param name="target">Its target as the client wrote it, which must have been checked too.</param>
    /// <returns>An absolute URI; null for a request that names no host, where the redirect names none either.</returns>
    public string? Location(in RequestFacts facts, ReadOnlySpan<char> target)
    {
        var host = options.Host ?? facts.Host;
        if (host.IsEmpty)
        {
            return null;
        }

        var scheme = _scheme ?? facts.Scheme;
        var port = options.Port ?? (scheme.SequenceEqual(facts.Scheme) ? facts.Port : null);
        var after = port is null || port == UsualPort(scheme) ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
        var path = options.Path ?? TargetPath.PathAndQuery(target);
        var query = options.Path is { } fixedPath && !fixedPath.Contains('?') && target.Contains('?') ? target[target.IndexOf('?')..] : [];

        // An absolute URI: two slashes at the beginning of a path do not make a host of what follows.
        return $"{scheme}://{host}{after}{(path.StartsWith('/') ? "" : "/")}{path}{query}";
    }

    private static int UsualPort(ReadOnlySpan<char> scheme) => scheme is "https" ? HttpsPort : HttpPort;
}
