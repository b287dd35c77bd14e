using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The connections to one destination, for as long as its name stands for the same addresses.</summary>
/// <remarks>
/// TLS is made here, and the platform's HTTP client believes that it sends in plain text. If it knew, it would take the request's <c>Host</c> for the name
/// of the other side: a client could choose what TLS asks for and what a certificate is held against, and each further <c>Host</c> would
/// get connections of its own. What the client of the platform does besides, choosing the HTTP version by what TLS agrees on, is done here then, too.
/// </remarks>
internal sealed class UpstreamConnections
{
    private readonly UpstreamAddress _to;
    private readonly UpstreamSettings _settings;
    private readonly HttpMessageInvoker _plain;
    private readonly Lazy<HttpMessageInvoker> _http2OverTls;
    private readonly Lazy<HttpMessageInvoker> _http3;
    private readonly ConcurrentDictionary<IPAddress, bool> _connectedTo = [];
    private readonly Lock _lock = new();
    private readonly ParkedConnection _parked;
    private Task<bool>? _speaksHttp2;

    public UpstreamConnections(UpstreamAddress to, UpstreamSettings settings)
    {
        (_to, _settings, _parked) = (to, settings, new ParkedConnection(settings.Time));
        _plain = CreateInvoker(to.IsTls ? ConnectTlsAsync : ConnectPlainAsync);
        _http2OverTls = new Lazy<HttpMessageInvoker>(() => CreateInvoker(ConnectTlsHttp2Async));
        _http3 = new Lazy<HttpMessageInvoker>(() => CreateInvoker(connect: null));
    }

    /// <summary>The addresses that connections were made to.</summary>
    public IEnumerable<IPAddress> ConnectedTo => _connectedTo.Keys;

    /// <summary>Sends a request.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _to.IsTls switch
    {
        false when _settings.Options.ProxyProtocol is null => _plain.SendAsync(request, cancellationToken),

        // QUIC has TLS within it, and no connection of ours could take its place.
        true when request.Version.Major > 2 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower => _http3.Value.SendAsync(request, cancellationToken),
        _ => SendMovedAsync(request, cancellationToken),
    };

    // The platform's client is told of another place than the request goes to, and finds the request as it was when it is done with it.
    private async Task<HttpResponseMessage> SendMovedAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (uri, version, policy, host) = (request.RequestUri!, request.Version, request.VersionPolicy, request.Headers.Host);
        try
        {
            request.RequestUri = AttemptUri.Moved(uri, $"http://{PoolOf(request)}");
            request.Headers.Host = host ?? uri.Authority;
            return await (_to.IsTls ? SendOverTlsAsync(request, version, policy, cancellationToken) : _plain.SendAsync(request, cancellationToken));
        }
        finally
        {
            (request.RequestUri, request.Version, request.VersionPolicy, request.Headers.Host) = (uri, version, policy, host);
        }
    }

    private async Task<HttpResponseMessage> SendOverTlsAsync(HttpRequestMessage request, Version version, HttpVersionPolicy policy, CancellationToken cancellationToken)
    {
        while (true)
        {
            var http2 = await IsHttp2WantedAsync(version, policy, HeaderOf(request), cancellationToken);
            request.Version = http2 ? HttpVersion.Version20 : version.Major > 1 ? HttpVersion.Version11 : version;
            request.VersionPolicy = http2 ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrLower;
            try
            {
                return await (http2 ? _http2OverTls.Value : _plain).SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException exception) when (exception.InnerException is OtherProtocolException && policy == HttpVersionPolicy.RequestVersionOrLower)
            {
                // It spoke HTTP/2 before, and does not any more. Now this is known, and the request goes out as HTTP/1.1.
            }
            catch (HttpRequestException exception) when (exception.InnerException is OtherProtocolException)
            {
                throw NoHttp2(exception);
            }
        }
    }

    // Where the platform's client believes to connect to. What it pools by is this, and where connections go is said below.
    private string PoolOf(HttpRequestMessage request) => HeaderOf(request) is { } header ? UpstreamIntroduction.HostOf(header) : _to.Authority;

    private byte[]? HeaderOf(HttpRequestMessage request) => _settings.Options.ProxyProtocol is { } version ? UpstreamIntroduction.Of(request, version) : null;

    private async ValueTask<bool> IsHttp2WantedAsync(Version version, HttpVersionPolicy policy, byte[]? header, CancellationToken cancellationToken)
    {
        var canBeOther = policy == (version.Major >= 2 ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionOrHigher);
        if (!canBeOther)
        {
            return version.Major >= 2;
        }

        Task<bool> speaksHttp2;
        lock (_lock)
        {
            speaksHttp2 = _speaksHttp2 ??= FindOutAsync(header);
        }

        return await speaksHttp2.WaitAsync(cancellationToken);
    }

    /// <summary>Makes a connection to see what the other side speaks. The requests that come meanwhile wait for it, and the first of them gets it.</summary>
    private async Task<bool> FindOutAsync(byte[]? header)
    {
        await Task.Yield();
        using var timeout = new CancellationTokenSource(_settings.Options.ConnectTimeout, _settings.Time);
        try
        {
            var stream = await HandshakeAsync(offersHttp2: true, header, timeout.Token);
            _parked.Put(stream, header);
            return ParkedConnection.IsHttp2(stream);
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                _speaksHttp2 = null;
            }

            // As the platform says what happens when it connects by itself.
            throw exception is OperationCanceledException
                ? new TaskCanceledException("The connection was not made in time.", new TimeoutException())
                : new HttpRequestException(HttpRequestError.ConnectionError, exception.Message, exception);
        }
    }

    private async ValueTask<Stream> ConnectPlainAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        await ConnectTcpAsync(HeaderOf(context.InitialRequestMessage), cancellationToken);

    private async ValueTask<Stream> ConnectTlsAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var header = HeaderOf(context.InitialRequestMessage);
        return _parked.Take(http2: false, header) ?? await HandshakeAsync(offersHttp2: false, header, cancellationToken);
    }

    private async ValueTask<Stream> ConnectTlsHttp2Async(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var header = HeaderOf(context.InitialRequestMessage);
        var stream = _parked.Take(http2: true, header) ?? await HandshakeAsync(offersHttp2: true, header, cancellationToken);
        if (ParkedConnection.IsHttp2(stream))
        {
            return new HttpsSchemeStream(stream);
        }

        _parked.Put(stream, header);
        lock (_lock)
        {
            _speaksHttp2 = Task.FromResult(false);
        }

        throw new OtherProtocolException();
    }

    private async Task<SslStream> HandshakeAsync(bool offersHttp2, byte[]? header, CancellationToken cancellationToken) => await _settings.Tls.AuthenticateAsync(
        await ConnectTcpAsync(header, cancellationToken),
        _to.Host,
        offersHttp2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : null,
        cancellationToken);

    private async Task<Stream> ConnectTcpAsync(byte[]? header, CancellationToken cancellationToken)
    {
        var (stream, address) = await _settings.Connector.ConnectAsync(_to.Host, _to.Port, cancellationToken);
        if (header is not null)
        {
            await Connector.BeginAsync(stream, header, cancellationToken);
        }

        _connectedTo.TryAdd(address, true);
        return stream;
    }

    private HttpMessageInvoker CreateInvoker(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect)
    {
        var options = _settings.Options;
        var handler = PassThrough.CreateHandler();
        handler.RequestHeaderEncodingSelector = AttemptUri.EncodingOf;
        handler.EnableMultipleHttp2Connections = options.EnableMultipleHttp2Connections;
        handler.MaxConnectionsPerServer = options.MaxConnectionsPerServer ?? int.MaxValue;
        handler.PooledConnectionLifetime = _settings.ConnectionLifetime;
        handler.PooledConnectionIdleTimeout = options.IdleTimeout;
        handler.KeepAlivePingDelay = options.KeepAlivePingDelay ?? Timeout.InfiniteTimeSpan;
        handler.KeepAlivePingTimeout = options.KeepAlivePingTimeout;
        handler.ConnectTimeout = options.ConnectTimeout;
        handler.ConnectCallback = connect;
        handler.SslOptions = _settings.Tls.CreateOptions(_to.Host, protocols: null, _ => { });
        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    // The forwarder asks for this detail before it makes a WebSocket of an HTTP/1.1 request instead.
    private static HttpRequestException NoHttp2(Exception cause) =>
        new(HttpRequestError.VersionNegotiationError, "The destination does not speak HTTP/2.", cause) { Data = { ["HTTP2_ENABLED"] = false } };

    private sealed class OtherProtocolException() : IOException("The destination does not speak HTTP/2.");
}
