using System.Net.Sockets;
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
            ActivityTimeout = options.HttpRequest.ActivityTimeout,
            Version = options.HttpRequest.Version,
            VersionPolicy = options.HttpRequest.VersionPolicy,
        };
        Tunnel = Request with { ActivityTimeout = options.HttpRequest.TunnelTimeout };
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
    public static UpstreamClient Create(ClusterOptions options, UpstreamClient? previous, TimeProvider time)
    {
        return previous is not null && previous.Options.HttpClient == options.HttpClient
            ? new UpstreamClient(options, previous._pooled, previous._fresh)
            : new UpstreamClient(
                options,
                CreateInvoker(options.HttpClient, ConnectionLifetime, time),
                new Lazy<HttpMessageInvoker>(() => CreateInvoker(options.HttpClient, TimeSpan.Zero, time)));
    }

    /// <summary>What sends the next attempt of a request.</summary>
    /// <param name="last">
    /// What the last attempt ended in. After one that broke off without an answer, a connection is made for this request alone:
    /// that one may have been idle for too long, and the next idle one might be no better.
    /// </param>
    public HttpMessageInvoker InvokerAfter(Outcome? last) => last == Outcome.Reset ? _fresh.Value : _pooled;

    private static HttpMessageInvoker CreateInvoker(HttpClientOptions options, TimeSpan connectionLifetime, TimeProvider time)
    {
        var handler = PassThrough.CreateHandler(options.DangerousAcceptAnyServerCertificate);
        handler.RequestHeaderEncodingSelector = RequestHead.EncodingOf;
        handler.EnableMultipleHttp2Connections = options.EnableMultipleHttp2Connections;
        handler.MaxConnectionsPerServer = options.MaxConnectionsPerServer ?? int.MaxValue;
        handler.PooledConnectionLifetime = connectionLifetime;
        handler.ConnectTimeout = options.ConnectTimeout;
        handler.ConnectCallback = ConnectAsync;
        return new HttpMessageInvoker(new AttemptHandler(handler, time), disposeHandler: true);
    }

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
