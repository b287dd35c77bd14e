using System.Collections.Concurrent;
using LoadBalancer.Proxy.Clusters;
using Microsoft.Extensions.Options;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The open WebSockets. Those of a destination that the operator drains are closed when the time of its sessions is over,
/// and all of them shortly before a stop of the proxy cuts what is left.
/// </summary>
internal sealed class Tunnels(TimeProvider time, IHostApplicationLifetime lifetime, IOptions<HostOptions> host) : BackgroundService
{
    // The time of a drain is in seconds, and a look costs a flag a tunnel.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TunnelStream, bool> _open = new();
    private volatile bool _closesAll;
    private ITimer? _endOfStop;

    /// <summary>Lets the content of an answer that opens a tunnel be closed from here.</summary>
    /// <param name="content">The content.</param>
    /// <param name="destination">Where the tunnel leads.</param>
    /// <param name="passed">Is told of bytes for the client.</param>
    public HttpContent Follow(HttpContent content, Destination destination, Action<int> passed) => new TunnelContent(content, stream =>
    {
        var tunnel = new TunnelStream(stream, destination, passed, ended => _open.TryRemove(ended, out _));
        _open.TryAdd(tunnel, true);
        if (_closesAll)
        {
            tunnel.BeginClose(time.MonotonicTicks());
        }

        return tunnel;
    });

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var wait = TunnelEnd.ToldAfter(host.Value.ShutdownTimeout);
        lifetime.ApplicationStopping.Register(() => _endOfStop = time.CreateTimer(_ => CloseAll(), null, wait, Timeout.InfiniteTimeSpan));
        lifetime.ApplicationStopped.Register(() => _endOfStop?.Dispose());
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _endOfStop?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Look(time.MonotonicTicks());
        }
    }

    private void Look(long now)
    {
        foreach (var (tunnel, _) in _open)
        {
            if (tunnel.ClosingSince is not { } since)
            {
                if (tunnel.Destination.IsDrained(now))
                {
                    tunnel.BeginClose(now);
                }
            }
            else if (now - since >= TunnelEnd.TimeToClose.Ticks)
            {
                tunnel.Cut();
            }
        }
    }

    private void CloseAll()
    {
        _closesAll = true;
        foreach (var (tunnel, _) in _open)
        {
            tunnel.BeginClose(time.MonotonicTicks());
        }
    }

    private sealed class TunnelContent(HttpContent content, Func<Stream, Stream> follow) : WrappedContent(content)
    {
        protected override Stream Wrap(Stream body) => follow(body);
    }
}
