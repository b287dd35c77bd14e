using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines;

/// <summary>The certificates of one listener or cluster, which can be replaced while it runs: connections that are made keep those that they began with.</summary>
/// <param name="user">Who shows them.</param>
/// <param name="certificates">The certificates, in the order of the options; one at least.</param>
internal sealed class CertificatesInUse(CertificateUser user, IReadOnlyList<ServerCertificate> certificates)
{
    private readonly ConditionalWeakTable<ServerCertificate, UnusableFiles> _unusable = [];
    private volatile IReadOnlyList<ServerCertificate> _all = certificates;

    /// <summary>Who shows them.</summary>
    public CertificateUser User { get; } = user;

    /// <summary>The certificates, in the order of the options.</summary>
    public IReadOnlyList<ServerCertificate> All => _all;

    /// <summary>What is wrong with the files of one of them that were replaced.</summary>
    public UnusableFiles UnusableOf(ServerCertificate certificate) => _unusable.GetOrCreateValue(certificate);

    /// <summary>Shows this certificate from now on in place of one that it has.</summary>
    public void Replace(ServerCertificate old, ServerCertificate with) => _all = [.. _all.Select(certificate => ReferenceEquals(certificate, old) ? with : certificate)];
}

/// <summary>Who shows a certificate: a listener to clients, or a cluster to its destinations.</summary>
/// <param name="Listener">The name of the listener, or null.</param>
/// <param name="Cluster">The name of the cluster, or null.</param>
internal readonly record struct CertificateUser(string? Listener = null, string? Cluster = null)
{
    /// <inheritdoc />
    public override string ToString() => Listener is not null ? $"listener {Listener}" : $"cluster {Cluster}";
}
