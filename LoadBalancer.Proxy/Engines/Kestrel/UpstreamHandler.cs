using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The wire to the destinations of a cluster: each request goes over connections to the host and port of its address, whatever its <c>Host</c> says.</summary>
internal sealed class UpstreamHandler(UpstreamSettings settings) : HttpMessageHandler
{
    // Longer than any connection stays idle by default, so that what is forgotten has hardly anything left to close.
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<UpstreamAddress, Upstream> _upstreams = [];

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var to = UpstreamAddress.Of(request.RequestUri!);
        return (_upstreams.TryGetValue(to, out var known) ? known : Add(to)).SendAsync(request, cancellationToken);
    }

    private Upstream Add(UpstreamAddress to)
    {
        foreach (var (address, upstream) in _upstreams)
        {
            if (upstream.IsUnusedFor(ForgottenAfter))
            {
                _upstreams.TryRemove(address, out _);
            }
        }

        return _upstreams.GetOrAdd(to, static (to, settings) => new Upstream(to, settings), settings);
    }
}

/// <summary>How connections to destinations are made and kept.</summary>
/// <param name="Options">What the operator says of it.</param>
/// <param name="Connector">Makes them.</param>
/// <param name="Tls">Makes TLS connections of them.</param>
/// <param name="ConnectionLifetime">For how long they serve requests; zero for one request each.</param>
/// <param name="Time">The clock.</param>
internal sealed record UpstreamSettings(HttpClientOptions Options, Connector Connector, TlsHandshake Tls, TimeSpan ConnectionLifetime, TimeProvider Time);

/// <summary>Where connections go.</summary>
internal readonly record struct UpstreamAddress(bool IsTls, string Host, int Port)
{
    public string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    public static UpstreamAddress Of(Uri uri) => new(uri.Scheme is "https" or "wss", uri.IdnHost, uri.Port);
}

/// <summary>One destination as the wire sees it. It follows the destination's name when that moves to other addresses.</summary>
internal sealed class Upstream
{
    private readonly UpstreamAddress _to;
    private readonly UpstreamSettings _settings;
    private readonly bool _canMove;
    private volatile UpstreamConnections _connections;
    private long _usedAt;
    private long _lookedUpAt;
    private int _isLooking;

    public Upstream(UpstreamAddress to, UpstreamSettings settings)
    {
        (_to, _settings) = (to, settings);

        // Where each request gets a connection of its own, the name is looked up for each anyway.
        _canMove = settings.ConnectionLifetime > TimeSpan.Zero && !IPAddress.TryParse(to.Host, out _) && SocketHost.PathIn(to.Host) is null;
        _connections = new UpstreamConnections(to, settings);
        _usedAt = _lookedUpAt = settings.Time.GetTimestamp();
    }

    public bool IsUnusedFor(TimeSpan span) => _settings.Time.GetElapsedTime(Volatile.Read(ref _usedAt)) > span;

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var now = _settings.Time.GetTimestamp();
        Volatile.Write(ref _usedAt, now);
        if (_canMove
            && _settings.Time.GetElapsedTime(Volatile.Read(ref _lookedUpAt), now) >= _settings.Options.DnsRefreshInterval
            && Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _ = FollowAsync();
        }

        return _connections.SendAsync(request, cancellationToken);
    }

    /// <summary>
    /// Looks the name up again. When it no longer stands for an address that there are connections to, further requests get new connections.
    /// The old ones are not closed under the requests that are on them; they close when they have been idle for a while.
    /// </summary>
    private async Task FollowAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(_settings.Options.ConnectTimeout, _settings.Time);
            var addresses = await _settings.Connector.LookUpAsync(_to.Host, timeout.Token);
            if (_connections.ConnectedTo.Any(address => !addresses.Contains(address)))
            {
                _connections = new UpstreamConnections(_to, _settings);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The name cannot be looked up now. The connections are good all the same.
        }
        finally
        {
            Volatile.Write(ref _lookedUpAt, _settings.Time.GetTimestamp());
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
