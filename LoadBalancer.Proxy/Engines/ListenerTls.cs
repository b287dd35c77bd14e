using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines;

/// <summary>TLS of a listener, with certificates that can be replaced while it runs: connections that are made keep those that they began with.</summary>
/// <param name="listener">The name of the listener in the configuration.</param>
/// <param name="options">The options.</param>
/// <param name="certificates">The certificates, in the order of the options; one at least.</param>
internal sealed class ListenerTls(string listener, ListenerOptions options, IReadOnlyList<ServerCertificate> certificates)
{
    private readonly ClientCertificateOptions? _clients = options.Tls.ClientCertificates is { Mode: not ClientCertificateMode.None } asked ? asked : null;
    private readonly List<SslApplicationProtocol> _protocols = ProtocolsOf(options.Protocols.OrDefault(isTls: true));

    /// <summary>The certificates.</summary>
    public CertificatesInUse Certificates { get; } = new(new CertificateUser(Listener: listener), certificates);

    /// <summary>The field <c>Strict-Transport-Security</c> of every answer, or null.</summary>
    public string? Hsts { get; } = options.Hsts?.FieldValue;

    /// <summary>The header in which destinations get the subject of the client's certificate, or null.</summary>
    public string? SubjectHeader { get; } = options.Tls.ClientCertificates?.SubjectHeader;

    /// <summary>The certificate for a name that a client asks for; the first for a name that none is for.</summary>
    public ServerCertificate For(string? serverName)
    {
        var all = Certificates.All;
        foreach (var certificate in string.IsNullOrEmpty(serverName) ? [] : all)
        {
            if (certificate.IsFor(serverName))
            {
                return certificate;
            }
        }

        return all[0];
    }

    /// <summary>How the handshake with a client goes.</summary>
    /// <param name="serverName">The name that it asks for; empty or null for none.</param>
    public SslServerAuthenticationOptions Answer(string? serverName) => new()
    {
        ServerCertificateContext = For(serverName).Context,
        EnabledSslProtocols = options.Tls.MinimumVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = _clients is not null,
        ApplicationProtocols = _protocols,
        CertificateChainPolicy = _clients?.CertificateAuthorities?.CreateChainPolicy(),
        RemoteCertificateValidationCallback = _clients is null ? null : IsClientKnown,
    };

    /// <summary>The subject of a certificate as a header can have it: what is no visible ASCII is percent-encoded.</summary>
    public static string SubjectOf(X509Certificate2 certificate)
    {
        var subject = certificate.Subject;
        if (!subject.AsSpan().ContainsAnyExceptInRange(' ', '~') && !subject.Contains('%'))
        {
            return subject;
        }

        var text = new StringBuilder();
        foreach (var letter in Encoding.UTF8.GetBytes(subject))
        {
            _ = letter is >= (byte)' ' and <= (byte)'~' and not (byte)'%' ? text.Append((char)letter) : text.Append('%').Append(letter.ToString("X2", null));
        }

        return text.ToString();
    }

    // In the order in which they are preferred. The client that knows none of them is told so in the handshake. Over QUIC clients offer HTTP/3, over TCP none does.
    private static List<SslApplicationProtocol> ProtocolsOf(ListenerProtocols protocols) =>
    [
        .. protocols.HasHttp2() ? [SslApplicationProtocol.Http2] : Array.Empty<SslApplicationProtocol>(),
        .. protocols.HasHttp1() ? [SslApplicationProtocol.Http11] : Array.Empty<SslApplicationProtocol>(),
        .. protocols.HasHttp3() ? [SslApplicationProtocol.Http3] : Array.Empty<SslApplicationProtocol>(),
    ];

    // The chain was built by the operator's authorities and no others. A client has no name that its certificate would have to have.
    private bool IsClientKnown(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is null ? _clients!.Mode == ClientCertificateMode.Optional : (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
}
