using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The authority that certificates are obtained from (ACME, RFC 8555), and what it is told. The names are those of <see cref="ListenerTlsOptions.Acme"/>.</summary>
internal sealed record AcmeOptions
{
    /// <summary>The URL of the authority's directory. Default: Let's Encrypt.</summary>
    public string Directory { get; init; } = "https://acme-v02.api.letsencrypt.org/directory";

    /// <summary>The authorities that vouch for the directory itself, where it is a private one. Default: those of the machine.</summary>
    public CertificateAuthorities? CertificateAuthorities { get; init; }

    /// <summary>Whom the authority may write to. Default: nobody.</summary>
    public string? Email { get; init; }

    /// <summary>What ties the account to one that the operator has with the authority elsewhere. Default: nothing.</summary>
    public ExternalBindingOptions? ExternalBinding { get; init; }

    /// <summary>Whether the operator agrees to the authority's terms of service. Must be true.</summary>
    public bool AcceptTermsOfService { get; init; }

    /// <summary>The folder that certificates and the key of the account are kept in.</summary>
    [Required]
    public string Folder { get; init; } = "";

    /// <summary>How names are proved to be the operator's. Default <see cref="AcmeChallengeType.Http01"/>.</summary>
    public AcmeChallengeType Challenge { get; init; } = AcmeChallengeType.Http01;

    /// <summary>The folder for this authority: what one issued is not taken for what another did.</summary>
    internal string AuthorityFolder => Path.GetFullPath(Uri.TryCreate(Directory, UriKind.Absolute, out var uri)
        ? Path.Combine(Folder, uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost.Trim('[', ']').Replace(':', '_')}_{uri.Port}")
        : Folder);

    /// <summary>The certificate for a name, as it is kept.</summary>
    internal CertificateOptions CertificateOf(string name) => new() { File = Path.Combine(AuthorityFolder, $"{name.ToLowerInvariant()}.pem"), IsObtained = true };
}

/// <summary>An account that the operator has with an authority elsewhere (external account binding, RFC 8555, 7.3.4), as the authority has told it.</summary>
internal sealed record ExternalBindingOptions
{
    /// <summary>The identifier of the key.</summary>
    [Required]
    public string Id { get; init; } = "";

    /// <summary>The key, in base64url.</summary>
    [Required]
    [Secret]
    public string Secret { get; init; } = "";
}

/// <summary>What is wanted of the authority.</summary>
internal static class ObtainedCertificates
{
    /// <summary>The names that certificates are obtained for, each once.</summary>
    public static IEnumerable<string> ObtainedNames(this LoadBalancerOptions options) =>
        options.Listeners.Values.SelectMany(listener => listener.Tls.Acme).Distinct(StringComparer.OrdinalIgnoreCase);
}

/// <summary>How a name is proved to be the operator's.</summary>
public enum AcmeChallengeType
{
    /// <summary>By an answer over plain HTTP, on port 80 (RFC 8555, 8.3).</summary>
    Http01,

    /// <summary>By a certificate that is shown on port 443 (RFC 8737).</summary>
    TlsAlpn01,
}

/// <summary>The names of challenges in the protocol.</summary>
internal static class AcmeChallengeTypes
{
    public static string Name(this AcmeChallengeType type) => type == AcmeChallengeType.Http01 ? "http-01" : "tls-alpn-01";
}
