using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LoadBalancer.Testing;

/// <summary>A certificate authority of the test's own. What it issues exists in memory only, unless it is written; the authority's certificate has a file.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    // Also those that it issues for the time of a test's own clock are within it.
    private static readonly TimeSpan OwnValidity = TimeSpan.FromDays(3650);

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
        _root = request.CreateSelfSigned(now - OwnValidity, now + OwnValidity);
        File.WriteAllText(PemFile, _root.ExportCertificatePem());
    }

    /// <summary>The file with its certificate.</summary>
    public string PemFile => Path.Combine(_folder.FullName, "authority.pem");

    /// <summary>Issues a certificate for names and addresses.</summary>
    public X509Certificate2 Issue(params string[] names) => Issue(TimeProvider.System.GetUtcNow() + Validity, names);

    /// <summary>Issues a certificate for names and addresses that has expired.</summary>
    public X509Certificate2 IssueExpired(params string[] names) => Issue(TimeProvider.System.GetUtcNow() - Validity / 2, names);

    /// <summary>Issues a certificate that expires then.</summary>
    public X509Certificate2 IssueUntil(DateTimeOffset until, params string[] names) => Issue(until, names);

    /// <summary>Issues a certificate for a client.</summary>
    public X509Certificate2 IssueClient(string subject, TimeSpan? validity = null) => Issue(TimeProvider.System.GetUtcNow() + (validity ?? Validity), [], subject);

    /// <summary>Writes a certificate and its key as PEM files of this name, in place of those that are there.</summary>
    public (string File, string KeyFile) WritePem(string name, X509Certificate2 certificate)
    {
        var (file, key) = (this[$"{name}.pem"], this[$"{name}.key"]);
        using var privateKey = certificate.GetECDsaPrivateKey()!;
        Replace(key, privateKey.ExportPkcs8PrivateKeyPem());
        Replace(file, certificate.ExportCertificatePem());
        return (file, key);
    }

    /// <summary>Writes a certificate and its key as one PEM file.</summary>
    public string WriteWholePem(string name, X509Certificate2 certificate)
    {
        using var privateKey = certificate.GetECDsaPrivateKey()!;
        Replace(this[$"{name}.pem"], $"{certificate.ExportCertificatePem()}\n{privateKey.ExportPkcs8PrivateKeyPem()}\n");
        return this[$"{name}.pem"];
    }

    /// <summary>Writes a certificate and its key as a PFX file.</summary>
    public string WritePfx(string name, X509Certificate2 certificate, string password)
    {
        File.WriteAllBytes(this[$"{name}.pfx"], certificate.Export(X509ContentType.Pfx, password));
        return this[$"{name}.pfx"];
    }

    /// <summary>The trust of a client in this authority and no other.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root);
        return policy;
    }

    /// <summary>The full name of a file in the folder of the authority, whether it is there or not.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <inheritdoc />
    public void Dispose()
    {
        _root.Dispose();
        _folder.Delete(recursive: true);
    }

    // In one step: nobody reads half of it.
    private static void Replace(string file, string text)
    {
        File.WriteAllText(file + ".next", text);
        File.Move(file + ".next", file, overwrite: true);
    }

    private X509Certificate2 Issue(DateTimeOffset until, string[] names, string subject = "CN=Destination of a test")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
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

        if (names.Length > 0)
        {
            request.CertificateExtensions.Add(alternatives.Build());
        }

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
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _clients = new();

    /// <summary>By which clients must show a certificate; null where they are not asked for one.</summary>
    public X509ChainPolicy? ClientPolicy { get; init; }

    /// <summary>The subjects of the certificates that clients have shown, one for each handshake.</summary>
    public IReadOnlyList<string> Clients => [.. _clients];

    /// <summary>The names that were asked for (SNI), one for each handshake that began; empty where none was.</summary>
    public IReadOnlyList<string> ServerNames => [.. _serverNames];

    /// <summary>Notes a handshake.</summary>
    /// <returns>How it goes on.</returns>
    public SslServerAuthenticationOptions Began(string serverName)
    {
        _serverNames.Enqueue(serverName);
        return new SslServerAuthenticationOptions
        {
            ServerCertificate = Certificate,
            ClientCertificateRequired = ClientPolicy is not null,
            CertificateChainPolicy = ClientPolicy,
            RemoteCertificateValidationCallback = ClientPolicy is null ? null : (_, shown, _, errors) =>
            {
                _clients.Enqueue(shown?.Subject ?? "none");
                return errors == SslPolicyErrors.None;
            },
        };
    }

    /// <inheritdoc />
    public void Dispose() => Certificate.Dispose();
}
