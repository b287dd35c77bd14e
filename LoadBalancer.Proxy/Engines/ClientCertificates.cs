using System.Net.Security;
using System.Security.Authentication;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines;

/// <summary>The certificates that the proxy shows to destinations.</summary>
internal sealed class ClientCertificates
{
    private volatile Dictionary<CertificateOptions, CertificatesInUse> _byOptions = [];

    /// <summary>Shows the certificates of these clusters. Those that it had it goes on with, for they may be newer.</summary>
    /// <param name="clusters">The clusters, by name.</param>
    /// <param name="read">The certificates as the configuration was checked with them.</param>
    /// <returns>What each of these clusters shows.</returns>
    public IReadOnlyList<CertificatesInUse> Show(IReadOnlyDictionary<string, ClusterOptions> clusters, ServerCertificates read)
    {
        var (before, now) = (_byOptions, new Dictionary<CertificateOptions, CertificatesInUse>());
        var shown = new List<CertificatesInUse>();
        foreach (var (name, cluster) in clusters)
        {
            if (cluster.HttpClient.Tls.ClientCertificate is { } options && (before.GetValueOrDefault(options)?.All[0] ?? read.Of(options).Certificate) is { } certificate)
            {
                shown.Add(new CertificatesInUse(new CertificateUser(Cluster: name), [certificate]));
                now.TryAdd(options, shown[^1]);
            }
        }

        _byOptions = now;
        return shown;
    }

    /// <summary>The certificate that these options name. That of a cluster which is no longer there, or not yet, is read from its files.</summary>
    /// <exception cref="AuthenticationException">They cannot be used.</exception>
    public SslStreamCertificateContext Of(CertificateOptions options)
    {
        if (_byOptions.TryGetValue(options, out var shown))
        {
            return shown.All[0].Context;
        }

        var (certificate, _, error) = ServerCertificate.Load(options);
        return certificate?.Context ?? throw new AuthenticationException($"client certificate cannot be used: {error}");
    }
}
