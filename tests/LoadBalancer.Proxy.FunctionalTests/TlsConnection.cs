using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A client of HTTP/1.1 over one connection of TLS.</summary>
internal sealed class TlsConnection(SslStream stream) : IDisposable
{
    private X509Certificate2 Certificate { get; } = new(stream.RemoteCertificate!);

    public string Shown => Certificate.Thumbprint;

    public string Subject => Certificate.Subject;

    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime());

    /// <param name="port">Where the listener is.</param>
    /// <param name="name">The name that it asks for.</param>
    /// <param name="policy">What it trusts; null for anything.</param>
    public static async Task<TlsConnection> ConnectAsync(int port, string name, X509ChainPolicy? policy)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port).InTime();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = name,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = policy is null ? (_, certificate, _, _) => certificate is not null : null,
            }).InTime();
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        return new TlsConnection(stream);
    }

    public async Task<string> GetAsync()
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"u8.ToArray());
        var text = "";
        var buffer = new byte[4096];
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal) || text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer).AsTask().InTime();
            Assert.NotEqual(0, read);
            text += System.Text.Encoding.Latin1.GetString(buffer, 0, read);
        }

        return text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    public void Dispose()
    {
        Certificate.Dispose();
        stream.Dispose();
    }
}
