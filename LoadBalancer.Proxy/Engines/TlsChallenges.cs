using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace LoadBalancer.Proxy.Engines;

/// <summary>The certificates that answer challenges of a certificate authority (TLS-ALPN-01, RFC 8737), as long as they are asked for.</summary>
internal sealed class TlsChallenges
{
    /// <summary>The protocol that is asked for with a challenge.</summary>
    public static readonly SslApplicationProtocol Protocol = new("acme-tls/1");

    private ImmutableDictionary<string, SslStreamCertificateContext> _contexts = ImmutableDictionary.Create<string, SslStreamCertificateContext>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Volatile.Read(ref _contexts).IsEmpty;

    /// <summary>Shows this certificate from now on to who asks for a challenge of the name.</summary>
    public void Add(string name, X509Certificate2 certificate)
    {
        var context = SslStreamCertificateContext.Create(certificate, null, offline: true);
        ImmutableInterlocked.AddOrUpdate(ref _contexts, name, context, (_, _) => context);
    }

    /// <summary>Shows it no more.</summary>
    public void Remove(string name) => ImmutableInterlocked.TryRemove(ref _contexts, name, out _);

    /// <summary>How a handshake goes that asks for a challenge; null where there is none for the name.</summary>
    public SslServerAuthenticationOptions? Answer(string name) => Volatile.Read(ref _contexts).GetValueOrDefault(name) is { } context
        ? new SslServerAuthenticationOptions { ServerCertificateContext = context, ApplicationProtocols = [Protocol] }
        : null;
}
