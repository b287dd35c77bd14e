using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the sessions of clusters; a part of <see cref="LoadBalancerOptionsValidator"/>.</summary>
internal static class SessionValidator
{
    /// <summary>Reports every error.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="report">Takes the path and the message of an error.</param>
    public static void Check(IReadOnlyDictionary<string, ClusterOptions> clusters, Action<string, string> report)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, cluster) in clusters)
        {
            var (path, options) = ($"Clusters:{name}:SessionAffinity", cluster.SessionAffinity);
            Check(path, options, report);
            if (options is { Enabled: true, Policy: not SessionAffinityPolicy.CustomHeader, AffinityKeyName: { } cookie } && !named.TryAdd(cookie, name))
            {
                report($"{path}:AffinityKeyName", $"'{cookie}' is the cookie of cluster '{named[cookie]}' already: a client of both would lose one session to the other");
            }
        }
    }

    private static void Check(string path, SessionAffinityOptions options, Action<string, string> report)
    {
        if (options.AffinityKeyName is { } name && !MessageSyntax.IsToken(name))
        {
            report($"{path}:AffinityKeyName", $"'{name}' is not the name of a {(options.Policy == SessionAffinityPolicy.CustomHeader ? "header" : "cookie")}");
        }
        else if (options is { Policy: SessionAffinityPolicy.CustomHeader, AffinityKeyName: { } header } && FieldTable.Of(header).Name.Length > 0)
        {
            report($"{path}:AffinityKeyName", $"{header} has a meaning of its own: choose another name");
        }

        // The key itself is a secret, and is not repeated.
        if (options.Keys.Any(key => key.Length < SessionAffinityOptions.ShortestKey))
        {
            report($"{path}:Keys", $"has a key of fewer than {SessionAffinityOptions.ShortestKey} characters, which could be guessed");
        }

        var cookie = options.Cookie;
        if (!cookie.Path.StartsWith('/') || !IsAttribute(cookie.Path))
        {
            report($"{path}:Cookie:Path", $"'{cookie.Path}' is not a path for a cookie");
        }

        if (cookie.Domain is { } domain && Uri.CheckHostName(domain.TrimStart('.')) != UriHostNameType.Dns)
        {
            report($"{path}:Cookie:Domain", $"'{domain}' is not a domain");
        }

        if (cookie is { SameSite: CookieSite.None, SecurePolicy: CookieSecurity.None })
        {
            report($"{path}:Cookie:SameSite", "None is refused by browsers for a cookie that is not for TLS only: set SecurePolicy to Always");
        }
    }

    private static bool IsAttribute(string value) => value.All(letter => letter is > '\x1f' and < '\x7f' and not ';');
}
