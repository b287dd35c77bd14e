using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The portable engine: the web server of ASP.NET Core in front, the forwarder of YARP on the wire. Its requests go to <see cref="ProxyHandler"/>.</summary>
/// <param name="server">The web server, once there is one.</param>
/// <param name="budget">How many connections of clients there may be.</param>
/// <param name="fields">What listeners add to requests and answers.</param>
/// <param name="metrics">Is told of connections that are let go.</param>
/// <param name="challenges">What a certificate authority may ask for in TLS.</param>
internal sealed class KestrelEngine(Func<IServer> server, ConnectionBudget budget, ListenerFields fields, ProxyMetrics metrics, TlsChallenges challenges) : IEngine
{
    private static readonly string Nowhere = $"//{new NoEndPoint()}";

    private readonly KestrelEndpoints _endpoints = new(metrics, challenges);
    private KestrelServerLimits? _limits;

    /// <inheritdoc />
    public IReadOnlyList<ServedAddress> Addresses =>
    [
        .. server().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Where(address => !address.EndsWith(Nowhere, StringComparison.Ordinal))
            .Select(address => new ServedAddress(address, EngineKind.Kestrel)),
    ];

    /// <summary>Sets the web server up.</summary>
    public void Configure(KestrelServerOptions options)
    {
        _endpoints.Configure(options);
        options.Listen(new NoEndPoint());
        _limits = options.Limits;
    }

    /// <inheritdoc />
    public void Serve(IReadOnlyList<Listener> listeners, LimitOptions limits)
    {
        if (_limits is { } server)
        {
            server.KeepAliveTimeout = limits.KeepAliveTimeout;
            server.RequestHeadersTimeout = limits.RequestHeadTimeout;
            server.MaxRequestLineSize = limits.MaxRequestLineSize;
            server.MaxRequestHeadersTotalSize = limits.MaxRequestHeadSize;

            // Of HTTP/2 it bounds each field as well, and the path is one.
            server.Http2.MaxRequestHeaderFieldSize = limits.MaxRequestHeadSize;
        }

        budget.Limit(limits.MaxConnections);
        fields.Serve(listeners);
        _endpoints.Publish(listeners);
    }
}
