using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// TLS to the destinations of a cluster. The name asked for (SNI), which the certificate must have, is the operator's to say:
/// that of the destination's address, or <c>Tls:ServerName</c>. What a client sends as <c>Host</c> has no part in it.
/// </summary>
/// <param name="options">What the operator says of it.</param>
/// <param name="certificates">Has the certificate that destinations are shown, where there is one.</param>
internal sealed class TlsHandshake(HttpClientOptions options, ClientCertificates certificates)
{
    /// <summary>Makes a TLS connection of a TCP connection, and takes care of it from then on.</summary>
    /// <param name="transport">The TCP connection.</param>
    /// <param name="host">The host of the destination's address.</param>
    /// <param name="protocols">The protocols to choose from (ALPN), or null to leave them out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CertificateRefusedException">The certificate is not what it should be.</exception>
    /// <exception cref="AuthenticationException">The handshake failed for any other reason.</exception>
    public async Task<SslStream> AuthenticateAsync(Stream transport, string host, List<SslApplicationProtocol>? protocols, CancellationToken cancellationToken)
    {
        var stream = new SslStream(transport);
        string? refused = null;
        try
        {
            await stream.AuthenticateAsClientAsync(CreateOptions(host, protocols, reason => refused = reason), cancellationToken);
            return stream;
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync();
            throw exception switch
            {
                _ when refused is not null => new CertificateRefusedException(refused, exception),
                AuthenticationException or IOException => new AuthenticationException("TLS handshake failed", exception),
                _ => exception,
            };
        }
    }

    /// <summary>The same, for a client that makes the handshake by itself.</summary>
    /// <param name="host">The host of the destination's address.</param>
    /// <param name="protocols">The protocols to choose from (ALPN), or null to leave them out.</param>
    /// <param name="refuse">Is told what is wrong with a certificate that is refused.</param>
    public SslClientAuthenticationOptions CreateOptions(string host, List<SslApplicationProtocol>? protocols, Action<string> refuse) => new()
    {
        TargetHost = options.Tls.ServerName ?? host,
        ApplicationProtocols = protocols,
        ClientCertificateContext = options.Tls.ClientCertificate is { } shown ? certificates.Of(shown) : null,
        CertificateChainPolicy = options.Tls.CertificateAuthorities?.CreateChainPolicy(),
        RemoteCertificateValidationCallback = (_, _, chain, errors) =>
        {
            if (options.DangerousAcceptAnyServerCertificate || Explain(chain, errors) is not { } reason)
            {
                return true;
            }

            refuse(reason);
            return false;
        },
    };

    /// <summary>What is wrong with a certificate, in a few words; null when it is right.</summary>
    private static string? Explain(X509Chain? chain, SslPolicyErrors errors)
    {
        var flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) ?? X509ChainStatusFlags.NoError;
        return errors switch
        {
            SslPolicyErrors.None => null,
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => "none was sent",
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => "for another name",
            _ when flags.HasFlag(X509ChainStatusFlags.NotTimeValid) => "expired or not valid yet",
            _ when (flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0 => "not of a trusted authority",
            _ => flags.ToString(),
        };
    }
}

/// <summary>A destination's certificate was refused. Nothing of the request was sent.</summary>
/// <param name="reason">What is wrong with it, in a few words.</param>
/// <param name="inner">What the platform said.</param>
internal sealed class CertificateRefusedException(string reason, Exception inner) : AuthenticationException($"certificate refused: {reason}", inner);
