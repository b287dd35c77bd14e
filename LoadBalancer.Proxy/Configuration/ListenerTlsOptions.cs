using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>TLS of a listener whose URL is <c>https://</c>.</summary>
internal sealed record ListenerTlsOptions
{
    /// <summary>The certificates, chosen by the name that the client asks for; the first for every other name, and for clients that ask for none.</summary>
    public IReadOnlyList<CertificateOptions> Certificates { get; init; } = [];

    /// <summary>The names whose certificates are obtained from the authority of <see cref="LoadBalancerOptions.Acme"/>, one for each; they stand behind those of <see cref="Certificates"/>.</summary>
    public IReadOnlyList<string> Acme { get; init; } = [];

    /// <summary>The oldest version of TLS that is spoken. Default <see cref="TlsVersion.Tls12"/>.</summary>
    public TlsVersion MinimumVersion { get; init; } = TlsVersion.Tls12;

    /// <summary>Whether clients show a certificate of their own. Default: they are not asked for one.</summary>
    public ClientCertificateOptions? ClientCertificates { get; init; }
}

/// <summary>A certificate with its key: of a PEM file that has both, of two PEM files, or of a PFX file.</summary>
internal sealed record CertificateOptions
{
    /// <summary>The file of the certificate, followed by those of the authorities between it and its root.</summary>
    [Required]
    public string File { get; init; } = "";

    /// <summary>The PEM file of the key, where it is not in <see cref="File"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The password of the key or of the PFX file.</summary>
    [Secret]
    public string? Password { get; init; }

    /// <summary>Whether it is obtained from an authority, and may not be there yet.</summary>
    internal bool IsObtained { get; init; }
}

/// <summary>A version of TLS.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.2 (RFC 5246).</summary>
    Tls12,

    /// <summary>TLS 1.3 (RFC 8446).</summary>
    Tls13,
}

/// <summary>The certificates that clients show.</summary>
internal sealed record ClientCertificateOptions
{
    /// <summary>Whether they must. Default <see cref="ClientCertificateMode.Required"/>.</summary>
    public ClientCertificateMode Mode { get; init; } = ClientCertificateMode.Required;

    /// <summary>The authorities that vouch for them; no others do.</summary>
    [Required]
    public CertificateAuthorities? CertificateAuthorities { get; init; }

    /// <summary>The header in which the destinations get the subject of the certificate. What a client sends under this name is removed, on every listener.</summary>
    public string? SubjectHeader { get; init; }
}

/// <summary>Whether clients show a certificate.</summary>
public enum ClientCertificateMode
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They may; one that is not vouched for ends the connection.</summary>
    Optional,

    /// <summary>They must.</summary>
    Required,
}

/// <summary>The field <c>Strict-Transport-Security</c> in every answer of a listener (RFC 6797): browsers then use https only.</summary>
internal sealed record HstsOptions
{
    /// <summary>For how long browsers remember it. Default one year.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Whether it holds for the names below as well. Default false.</summary>
    public bool IncludeSubDomains { get; init; }

    /// <summary>
    /// Whether browsers may have it built in. Their list takes names only with <see cref="IncludeSubDomains"/> and a <see cref="MaxAge"/>
    /// of <see cref="LeastMaxAgeOfPreload"/>. Default false.
    /// </summary>
    public bool Preload { get; init; }

    /// <summary>For how long browsers must remember what they are to have built in (hstspreload.org).</summary>
    internal static readonly TimeSpan LeastMaxAgeOfPreload = TimeSpan.FromDays(365);

    /// <summary>The value of the field.</summary>
    internal string FieldValue => FormattableString.Invariant($"max-age={(long)MaxAge.TotalSeconds}{(IncludeSubDomains ? "; includeSubDomains" : "")}{(Preload ? "; preload" : "")}");
}
