using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LoadBalancer.Testing;

/// <summary>A certificate authority of the test's own. What it issues exists in memory only, but for the authority's certificate, which has a file.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-");
    private readonly X509Certificate2 _root;

    /// <summary>Founds it.</summary>
    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now - Validity - Validity, now + Validity + Validity);
        File.WriteAllText(PemFile, _root.ExportCertificatePem());
    }

    /// <summary>The file with its certificate.</summary>
    public string PemFile => Path.Combine(_folder.FullName, "authority.pem");

    /// <summary>Issues a certificate for names and addresses.</summary>
    public X509Certificate2 Issue(params string[] names) => Issue(TimeProvider.System.GetUtcNow() + Validity, names);

    /// <summary>Issues a certificate for names and addresses that has expired.</summary>
    public X509Certificate2 IssueExpired(params string[] names) => Issue(TimeProvider.System.GetUtcNow() - Validity / 2, names);

    /// <inheritdoc />
    public void Dispose()
    {
        _root.Dispose();
        _folder.Delete(recursive: true);
    }

    private X509Certificate2 Issue(DateTimeOffset until, string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Destination of a test", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var certificate = request.Create(_root, until - Validity - Validity / 2, until, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

/// <summary>How a fake destination does TLS, and what it saw of it.</summary>
/// <param name="Certificate">What it shows.</param>
public sealed record FakeTls(X509Certificate2 Certificate) : IDisposable
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _serverNames = new();

    /// <summary>The names that were asked for (SNI), one for each handshake that began; empty where none was.</summary>
    public IReadOnlyList<string> ServerNames => [.. _serverNames];

    /// <summary>Notes a handshake.</summary>
    public void Began(string serverName) => _serverNames.Enqueue(serverName);

    /// <inheritdoc />
    public void Dispose() => Certificate.Dispose();
}
