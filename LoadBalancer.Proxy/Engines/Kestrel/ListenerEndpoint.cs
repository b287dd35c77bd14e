using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>An endpoint of the web server. It stays as long as its address is listened on, while what it does with clients changes with the configuration.</summary>
/// <param name="listener">What it is.</param>
/// <param name="challenges">What a certificate authority may ask for in TLS; null where there is no TLS.</param>
internal sealed class ListenerEndpoint(Listener listener, TlsChallenges? challenges = null)
{
    // As long as a request may take to say what it wants.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private volatile Listener _listener = listener;

    /// <summary>What it is now.</summary>
    public Listener Listener
    {
        get => _listener;
        set => _listener = value;
    }

    /// <summary>What it shows clients now; null where they speak plain text.</summary>
    public ListenerTls? Tls => _listener.Tls;

    /// <summary>Sets an endpoint up.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="limits">How long clients may take.</param>
    /// <param name="metrics">Is told of connections that are let go; null where nobody wants to know.</param>
    public void Configure(ListenOptions endpoint, KestrelServerLimits limits, ProxyMetrics? metrics)
    {
        // Before TLS, so that also who fails in it has it: requests find it by their connection.
        endpoint.Use(next => connection =>
        {
            connection.Features.Set(this);
            return next(connection);
        });
        endpoint.Use(next => connection =>
            Introduction.ServeAsync(connection, _listener, limits.RequestHeadersTimeout, () => metrics?.ConnectionRefused(TelemetryTags.ReasonProxyProtocol), next));
        if (Tls is not null)
        {
            ConfigureTls(endpoint);
        }

        endpoint.Use(next => connection => ProtocolChoice.ServeAsync(
            connection, _listener, limits.KeepAliveTimeout, kind => metrics?.ConnectionRefused(TelemetryTags.ReasonFlood), next));
    }

    private void ConfigureTls(ListenOptions endpoint)
    {
        if (challenges is not null)
        {
            endpoint.Use(next => connection => ChallengeHandshake.ServeAsync(connection, challenges, HandshakeTimeout, next));
        }

        endpoint.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = handshake => ValueTask.FromResult(
                handshake.Connection.Features.Get<ChallengeHandshake>()?.Options ?? Tls!.Answer(handshake.ClientHelloInfo.ServerName)),
        });

        // The handshake is the answer, and nothing may follow it (RFC 8737, 3).
        endpoint.Use(next => connection => connection.Features.Get<ChallengeHandshake>() is null ? next(connection) : Task.CompletedTask);
    }
}
