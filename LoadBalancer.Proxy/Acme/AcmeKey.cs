using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LoadBalancer.Proxy.Acme;

/// <summary>The key of an account: P-256, with which requests are signed by ES256 (RFC 7518, 3.4).</summary>
internal sealed class AcmeKey : IDisposable
{
    private readonly ECDsa _key;

    private AcmeKey(ECDsa key)
    {
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;

        // In the order that its thumbprint is taken in, and without blanks (RFC 7638, 3.3).
        Jwk = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Jwk)));
    }

    /// <summary>The public key as JSON (RFC 7517).</summary>
    public string Jwk { get; }

    /// <summary>What it is told by (RFC 7638).</summary>
    public string Thumbprint { get; }

    /// <summary>Makes one.</summary>
    public static AcmeKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads one.</summary>
    /// <exception cref="ArgumentException">The text is no PEM of a private key.</exception>
    /// <exception cref="CryptographicException">It is one of another kind.</exception>
    public static AcmeKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
            {
                throw new CryptographicException($"it is a key of {key.KeySize} bits, and no P-256");
            }

            return new AcmeKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Writes it, private as it is.</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>Signs.</summary>
    public byte[] Sign(byte[] data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>What a challenge is answered with (RFC 8555, 8.1).</summary>
    public string Authorize(string token) => $"{token}.{Thumbprint}";

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();
}
