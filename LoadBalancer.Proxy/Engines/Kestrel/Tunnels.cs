using System.Collections.Concurrent;
using System.Net;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The open WebSockets. Those of a destination that the operator drains are closed when the time of its sessions is over.</summary>
internal sealed class Tunnels(TimeProvider time) : BackgroundService
{
    // The time of a drain is in seconds, and a look costs a flag a tunnel.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly long TimeToClose = TimeSpan.FromSeconds(5).Ticks;

    private readonly ConcurrentDictionary<TunnelStream, bool> _open = new();

    /// <summary>Lets the content of an answer that opens a tunnel be closed from here.</summary>
    public HttpContent Follow(HttpContent content, Destination destination) => new TunnelContent(content, stream =>
    {
        var tunnel = new TunnelStream(stream, destination, ended => _open.TryRemove(ended, out _));
        _open.TryAdd(tunnel, true);
        return tunnel;
    });

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
            else if (now - since >= TimeToClose)
            {
                tunnel.Cut();
            }
        }
    }

    private sealed class TunnelContent(HttpContent content, Func<Stream, Stream> follow) : HttpContent
    {
        protected override async Task<Stream> CreateContentReadStreamAsync() => follow(await content.ReadAsStreamAsync());

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => follow(await content.ReadAsStreamAsync(cancellationToken));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => content.CopyToAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            content.Dispose();
            base.Dispose(disposing);
        }
    }
}
