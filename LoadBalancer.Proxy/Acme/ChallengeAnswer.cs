using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Acme;

/// <summary>The answer to a challenge, for whoever asks on behalf of the authority.</summary>
/// <param name="Type">How it is asked for.</param>
/// <param name="Name">The name that is to be proved.</param>
/// <param name="Token">What the authority made up for it.</param>
/// <param name="KeyAuthorization">The answer.</param>
internal sealed record ChallengeAnswer(AcmeChallengeType Type, string Name, string Token, string KeyAuthorization)
{
    // id-pe-acmeIdentifier (RFC 8737, 6.1).
    private const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    /// <summary>The certificate that is the answer in TLS (RFC 8737, 3).</summary>
    /// <param name="now">The time of day.</param>
    public X509Certificate2 CreateCertificate(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NameRequest.Create("CN=challenge of ACME", Name, key);

        // An OCTET STRING of 32 bytes.
        byte[] digest = [0x04, 0x20, .. SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization))];
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifier, digest, critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}

/// <summary>Has a challenge answered from now on by this proxy, until what it gives is disposed of.</summary>
internal delegate IDisposable PublishChallenge(ChallengeAnswer answer);

/// <summary>Has a challenge answered by every proxy that may be asked, and waits until it is, until what it gives is disposed of.</summary>
internal delegate Task<IDisposable> SpreadChallenge(ChallengeAnswer answer, CancellationToken cancellationToken);
