using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>How the API server is reached: by what the configuration says, and else as a pod does by its service account.</summary>
/// <param name="Url">Where it is; null outside of a cluster.</param>
/// <param name="Namespace">The namespace of the service; null where none is known.</param>
/// <param name="TokenFile">The file with the token; null for none.</param>
/// <param name="Authorities">Who may vouch for it; null for those of the machine.</param>
internal sealed record KubernetesAccess(Uri? Url, string? Namespace, string? TokenFile, CertificateAuthorities? Authorities)
{
    private const string Account = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>What the options, the environment and the files of the service account come to.</summary>
    /// <param name="options">The options.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="account">The folder of the service account.</param>
    public static KubernetesAccess Of(KubernetesDiscoveryOptions options, Func<string, string?> variable, string account = Account)
    {
        var (host, port) = (variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT"));
        var (space, token, authorities) = (Path.Combine(account, "namespace"), Path.Combine(account, "token"), Path.Combine(account, "ca.crt"));
        var isElsewhere = options.Url is not null;
        return new KubernetesAccess(
            isElsewhere ? new Uri(options.Url!)
                : string.IsNullOrEmpty(host) ? null
                : new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{(string.IsNullOrEmpty(port) ? "443" : port)}"),
            options.Namespace ?? (File.Exists(space) ? File.ReadAllText(space).Trim() : null),
            options.TokenFile ?? (isElsewhere ? null : token),
            options.CertificateAuthorities ?? (isElsewhere ? null : CertificateAuthorities.TryRead(authorities)));
    }
}
