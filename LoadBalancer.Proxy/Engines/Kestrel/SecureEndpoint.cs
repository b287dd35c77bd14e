using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>An https endpoint of the web server. It stays as long as its address is listened on, while what it shows clients changes with the configuration.</summary>
internal sealed class SecureEndpoint(ListenerTls tls)
{
    // As long as a request may take to say what it wants.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private volatile ListenerTls _tls = tls;

    /// <summary>What it shows clients now.</summary>
    public ListenerTls Tls
    {
        get => _tls;
        set => _tls = value;
    }

    /// <summary>Sets an endpoint up.</summary>
    public void Configure(ListenOptions endpoint)
    {
        // Before TLS, so that also who fails in it has it: requests find it by their connection.
        endpoint.Use(next => connection =>
        {
            connection.Features.Set(this);
            return next(connection);
        });
        endpoint.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = handshake => ValueTask.FromResult(Tls.Answer(handshake.ClientHelloInfo.ServerName)),
        });
    }
}
