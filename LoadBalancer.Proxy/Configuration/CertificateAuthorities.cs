using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The authorities whose certificates are trusted, as a PEM file has them. The file is read when the configuration is.</summary>
internal sealed class CertificateAuthorities : IEquatable<CertificateAuthorities>
{
    private readonly string _file;
    private readonly X509Certificate2Collection _certificates;

    private CertificateAuthorities(string file, X509Certificate2Collection certificates)
    {
        _file = file;
        _certificates = certificates;
    }

    /// <summary>Reads a PEM file.</summary>
    /// <returns>The authorities, or null when the file cannot be read or has no certificate.</returns>
    public static CertificateAuthorities? TryRead(string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            return null;
        }

        return certificates.Count == 0 ? null : new CertificateAuthorities(file, certificates);
    }

    /// <summary>The rule by which a certificate is trusted if one of these authorities vouches for it, and no other.</summary>
    public X509ChainPolicy CreateChainPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_certificates);
        return policy;
    }

    /// <summary>Whether the certificates are the same, wherever they were read.</summary>
    public bool Equals(CertificateAuthorities? other) =>
        other is not null && _certificates.Select(certificate => certificate.Thumbprint).SequenceEqual(other._certificates.Select(certificate => certificate.Thumbprint));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as CertificateAuthorities);

    /// <inheritdoc />
    public override int GetHashCode() => _certificates[0].GetHashCode();

    /// <summary>The file that they were read from.</summary>
    public override string ToString() => _file;
}
