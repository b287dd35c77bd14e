using System.Diagnostics.CodeAnalysis;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The connections to the destinations of one cluster, and how requests go over them.</summary>
internal sealed class UpstreamClient
{
    // Old enough not to matter for speed, young enough that a balancer behind the name gets to choose anew.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker _pooled;
    private readonly Lazy<HttpMessageInvoker> _fresh;

    private UpstreamClient(ClusterOptions options, HttpMessageInvoker pooled, Lazy<HttpMessageInvoker> fresh)
    {
        Options = options;
        _pooled = pooled;
        _fresh = fresh;
        Request = new ForwarderRequestConfig
        {
            // The time of the forwarder would run over all attempts together, and see nothing of how they go on.
            ActivityTimeout = Timeout.InfiniteTimeSpan,
            Version = options.HttpRequest.Version,
            VersionPolicy = options.HttpRequest.VersionPolicy,
        };
        Tunnel = TunnelVersion(Request) with { ActivityTimeout = options.HttpRequest.TunnelTimeout };
    }

    /// <summary>The options that this client was made for.</summary>
    public ClusterOptions Options { get; }

    /// <summary>How ordinary requests are sent.</summary>
    public ForwarderRequestConfig Request { get; }

    /// <summary>How requests are sent that become tunnels.</summary>
    public ForwarderRequestConfig Tunnel { get; }

    /// <summary>Makes a client, over the connections of the previous one where their options are the same.</summary>
    /// <remarks>
    /// Connections of a previous client that are not taken over are not closed here: requests may be under way on them.
    /// They are closed when they have been idle for a while.
    /// </remarks>
    public static UpstreamClient Create(ClusterOptions options, UpstreamClient? previous, CreateWire createWire)
    {
        return previous is not null && previous.Options.HttpClient == options.HttpClient
            ? new UpstreamClient(options, previous._pooled, previous._fresh)
            : new UpstreamClient(
                options,
                CreateInvoker(createWire(options.HttpClient, ConnectionLifetime)),
                new Lazy<HttpMessageInvoker>(() => CreateInvoker(createWire(options.HttpClient, TimeSpan.Zero))));
    }

    /// <summary>What sends the next attempt of a request.</summary>
    /// <param name="last">
    /// What the last attempt ended in. After one that broke off without an answer, a connection is made for this request alone:
    /// that one may have been idle for too long, and the next idle one might be no better.
    /// </param>
    public HttpMessageInvoker InvokerAfter(Outcome? last) => last == Outcome.Reset ? _fresh.Value : _pooled;

    /// <summary>Makes a wire.</summary>
    /// <param name="options">How connections are made.</param>
    /// <param name="connectionLifetime">For how long they serve requests; zero for one request each, as probes have it to see what a new client would see.</param>
    /// <param name="lookUp">Looks up names.</param>
    /// <param name="certificates">The certificates that destinations are shown.</param>
    /// <param name="time">The clock.</param>
    public static HttpMessageHandler CreateHandler(HttpClientOptions options, TimeSpan connectionLifetime, NameLookup lookUp, ClientCertificates certificates, TimeProvider time) =>
        new UpstreamHandler(new UpstreamSettings(options, Connector.Create(lookUp, time), new TlsHandshake(options, certificates), connectionLifetime, time));

    /// <summary>Makes a connection as a request would, and closes it. Whether the other side answers is all that is asked, so any certificate will do.</summary>
    public static async Task CheckAsync(Uri address, HttpClientOptions options, NameLookup lookUp, ClientCertificates certificates, TimeProvider time, CancellationToken cancellationToken)
    {
        var to = UpstreamAddress.Of(address);
        var (stream, _) = await Connector.Create(lookUp, time).ConnectAsync(to.Host, to.Port, cancellationToken);
        if (options.ProxyProtocol is { } version)
        {
            await Connector.BeginAsync(stream, ClientHeader.OfProxy(version), cancellationToken);
        }

        if (to.IsTls)
        {
            stream = await new TlsHandshake(options with { DangerousAcceptAnyServerCertificate = true }, certificates).AuthenticateAsync(stream, to.Host, protocols: null, cancellationToken);
        }

        await stream.DisposeAsync();
    }

    private static HttpMessageInvoker CreateInvoker(HttpMessageHandler wire) => new(wire, disposeHandler: true);

    // A WebSocket is opened over HTTP/1.1 where the configuration does not insist on HTTP/2: over TLS the forwarder would try HTTP/2 first,
    // and where that has none, send the request once more by itself.
    private static ForwarderRequestConfig TunnelVersion(ForwarderRequestConfig request) =>
        request is { Version: { Major: 2 }, VersionPolicy: HttpVersionPolicy.RequestVersionExact or HttpVersionPolicy.RequestVersionOrHigher }
            ? request
            : request with { Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
}

/// <summary>Makes the wire to a cluster, with connections that serve requests for so long; zero for one request each.</summary>
internal delegate HttpMessageHandler CreateWire(HttpClientOptions options, TimeSpan connectionLifetime);

/// <summary>The clients of all clusters; each stays with its cluster.</summary>
/// <param name="createWire">Makes the wire.</param>
internal sealed class UpstreamClients(CreateWire createWire)
{
    private readonly Lock _lock = new();

    /// <summary>The client of a cluster, over the connections of the configuration before where it is new.</summary>
    public UpstreamClient Of(Cluster cluster) => IsFor(cluster, out var client) ? client : Create(cluster);

    private static bool IsFor(Cluster cluster, [NotNullWhen(true)] out UpstreamClient? client)
    {
        client = cluster.EngineState as UpstreamClient;
        return client is not null && ReferenceEquals(client.Options, cluster.Options);
    }

    private UpstreamClient Create(Cluster cluster)
    {
        lock (_lock)
        {
            if (!IsFor(cluster, out var client))
            {
                cluster.EngineState = client = UpstreamClient.Create(cluster.Options, client, createWire);
            }

            return client;
        }
    }
}
