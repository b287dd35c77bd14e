using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The connections to the destinations of one cluster, and how requests go over them.</summary>
internal sealed class UpstreamClient
{
    // Old enough that a busy proxy follows a change of DNS, young enough not to matter for speed.
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
    public static UpstreamClient Create(ClusterOptions options, UpstreamClient? previous, Func<HttpClientOptions, HttpMessageHandler> createHandler)
    {
        return previous is not null && previous.Options.HttpClient == options.HttpClient
            ? new UpstreamClient(options, previous._pooled, previous._fresh)
            : new UpstreamClient(
                options,
                CreateInvoker(createHandler, options.HttpClient, ConnectionLifetime),
                new Lazy<HttpMessageInvoker>(() => CreateInvoker(createHandler, options.HttpClient, TimeSpan.Zero)));
    }

    /// <summary>What sends the next attempt of a request.</summary>
    /// <param name="last">
    /// What the last attempt ended in. After one that broke off without an answer, a connection is made for this request alone:
    /// that one may have been idle for too long, and the next idle one might be no better.
    /// </param>
    public HttpMessageInvoker InvokerAfter(Outcome? last) => last == Outcome.Reset ? _fresh.Value : _pooled;

    /// <summary>Makes the wire. Its connections live as long as it is told later.</summary>
    public static HttpMessageHandler CreateHandler(HttpClientOptions options)
    {
        var handler = PassThrough.CreateHandler(options.DangerousAcceptAnyServerCertificate);
        handler.RequestHeaderEncodingSelector = AttemptUri.EncodingOf;
        handler.EnableMultipleHttp2Connections = options.EnableMultipleHttp2Connections;
        handler.MaxConnectionsPerServer = options.MaxConnectionsPerServer ?? int.MaxValue;
        handler.PooledConnectionLifetime = ConnectionLifetime;
        handler.ConnectTimeout = options.ConnectTimeout;
        handler.ConnectCallback = ConnectAsync;
        return handler;
    }

    private static HttpMessageInvoker CreateInvoker(Func<HttpClientOptions, HttpMessageHandler> createHandler, HttpClientOptions options, TimeSpan connectionLifetime)
    {
        var handler = createHandler(options);
        if (handler is SocketsHttpHandler sockets)
        {
            sockets.PooledConnectionLifetime = connectionLifetime;
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    // A WebSocket is opened over HTTP/1.1 where the configuration does not insist on HTTP/2: over TLS the forwarder would try HTTP/2 first,
    // and where that has none, send the request once more by itself.
    private static ForwarderRequestConfig TunnelVersion(ForwarderRequestConfig request) =>
        request is { Version: { Major: 2 }, VersionPolicy: HttpVersionPolicy.RequestVersionExact or HttpVersionPolicy.RequestVersionOrHigher }
            ? request
            : request with { Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    // Makes connections, and says plainly when it cannot: a request that failed here was not sent.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is SocketException)
            {
                throw new ConnectException(exception.Message, exception);
            }

            throw;
        }
    }
}

/// <summary>No connection could be made.</summary>
internal sealed class ConnectException(string message, Exception inner) : IOException(message, inner);

/// <summary>The clients of all clusters; each stays with its cluster.</summary>
/// <param name="createHandler">Makes the wire.</param>
internal sealed class UpstreamClients(Func<HttpClientOptions, HttpMessageHandler> createHandler)
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
                cluster.EngineState = client = UpstreamClient.Create(cluster.Options, client, createHandler);
            }

            return client;
        }
    }
}
