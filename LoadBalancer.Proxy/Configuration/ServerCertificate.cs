using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>A certificate that a listener shows to clients, or a cluster to its destinations, as its files had it when they were read.</summary>
internal sealed class ServerCertificate
{
    private const string PemMark = "-----BEGIN ";
    private const string KeyMark = "PRIVATE KEY-----";
    private const byte Sequence = 0x30;
    private const string StandInSubject = "CN=stands in until a certificate is obtained";

    // So short that who watches when certificates expire sees that it stays.
    private static readonly TimeSpan StandInValidity = TimeSpan.FromDays(7);

    private readonly string[] _names;

    private ServerCertificate(CertificateOptions options, X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        Options = options;
        _names = NamesOf(certificate);
        (Subject, NotBefore, NotAfter) = (certificate.Subject, new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));

        // Offline: what is missing of the chain is for the operator to put into the file, and not fetched over the network by whoever connects first.
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>Where it came from.</summary>
    public CertificateOptions Options { get; }

    /// <summary>What its files were like before they were read.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What TLS needs of it.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Whose it is.</summary>
    public string Subject { get; }

    /// <summary>Whether it stands in for one that is still to be obtained.</summary>
    public bool IsStandIn { get; private init; }

    /// <summary>From when on it is valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>The names and addresses that it is for.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Reads a certificate.</summary>
    /// <returns>The certificate, or what is wrong: with which of the keys of its options, and what.</returns>
    public static (ServerCertificate? Certificate, string Key, string Error) Load(CertificateOptions options)
    {
        // Taken before the files are read: what is written meanwhile shall be seen as a change.
        var fingerprint = FingerprintOf(options);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(options.File);
            if (options.KeyFile is { } key)
            {
                File.ReadAllBytes(key);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var isKey = options.KeyFile is { } key && File.Exists(options.File) && exception.Message.Contains(key, StringComparison.Ordinal);
            return (null, isKey ? nameof(options.KeyFile) : nameof(options.File), $"cannot read the file: {exception.Message}");
        }

        try
        {
            var isPem = Encoding.ASCII.GetString(bytes).Contains(PemMark, StringComparison.Ordinal);
            if (!isPem && options.KeyFile is not null)
            {
                return IsPfx(bytes)
                    ? (null, nameof(options.KeyFile), $"has no effect: {options.File} is a PFX file, which has its key itself")
                    : (null, nameof(options.File), $"'{options.File}' is neither a PEM file nor a PFX file");
            }

            if (isPem && options.KeyFile is null && !Encoding.ASCII.GetString(bytes).Contains(KeyMark, StringComparison.Ordinal))
            {
                return (null, nameof(options.KeyFile), $"is missing: '{options.File}' has no private key");
            }

            var (certificate, chain) = isPem ? LoadPem(options) : LoadPfx(bytes, options.Password);
            return certificate is null
                ? (null, nameof(options.File), $"'{options.File}' has no certificate with a private key")
                : (new ServerCertificate(options, certificate, chain) { Fingerprint = fingerprint }, "", "");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return (null, nameof(options.File), $"'{options.File}' is no certificate with a private key that can be used: {Plain(exception)}");
        }
    }

    /// <summary>Reads a certificate that is obtained from an authority; where there is none yet, one stands in for it that nobody trusts.</summary>
    /// <param name="options">Where it is kept.</param>
    /// <param name="name">The name that it is for.</param>
    public static ServerCertificate LoadObtained(CertificateOptions options, string name)
    {
        var fingerprint = FingerprintOf(options);
        if (Load(options).Certificate is { } certificate)
        {
            return certificate;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new ServerCertificate(options, NameRequest.Create(StandInSubject, name, key).CreateSelfSigned(now - StandInValidity, now + StandInValidity), []) { Fingerprint = fingerprint, IsStandIn = true };
    }

    /// <summary>Whether the files are other ones now.</summary>
    public bool HasChanged() => FingerprintOf(Options) != Fingerprint;

    /// <summary>Whether it is for this name: as it stands there, or with <c>*</c> in place of the first label (RFC 6125, 6.4.3).</summary>
    public bool IsFor(ReadOnlySpan<char> name)
    {
        name = name.TrimEnd('.');
        var rest = name.IndexOf('.') is > 0 and var dot ? name[dot..] : default;
        foreach (var own in _names)
        {
            if (name.Equals(own, StringComparison.OrdinalIgnoreCase)
                || (own.StartsWith("*.", StringComparison.Ordinal) && rest.Length > 0 && rest.Equals(own.AsSpan(1), StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    // Such a file is one value of ASN.1.
    private static bool IsPfx(byte[] bytes) => bytes is [Sequence, ..];

    // Without the name of the parameter of a method, which says nothing to an operator.
    private static string Plain(Exception exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ");
        return exception is ArgumentException { ParamName: { } name } ? text.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : text;
    }

    private static (X509Certificate2? Certificate, X509Certificate2Collection Chain) LoadPem(CertificateOptions options)
    {
        var certificate = options.Password is { Length: > 0 } password
            ? X509Certificate2.CreateFromEncryptedPemFile(options.File, password, options.KeyFile)
            : X509Certificate2.CreateFromPemFile(options.File, options.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.File);
        return (certificate, Without(chain, certificate));
    }

    private static (X509Certificate2? Certificate, X509Certificate2Collection Chain) LoadPfx(byte[] bytes, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(bytes, password, X509KeyStorageFlags.EphemeralKeySet);
        var certificate = all.FirstOrDefault(one => one.HasPrivateKey);
        return (certificate, certificate is null ? all : Without(all, certificate));
    }

    private static X509Certificate2Collection Without(X509Certificate2Collection all, X509Certificate2 certificate) =>
        [.. all.Where(one => one.Thumbprint != certificate.Thumbprint)];

    private static string[] NamesOf(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] names = alternatives is null ? [] : [.. alternatives.EnumerateDnsNames(), .. alternatives.EnumerateIPAddresses().Select(address => address.ToString())];
        return names.Length > 0 ? names : certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false) is { Length: > 0 } name ? [name] : [];
    }

    private static string FingerprintOf(CertificateOptions options) => FileFingerprint.Of(options.File) + (options.KeyFile is { } key ? $"|{FileFingerprint.Of(key)}" : "");
}
