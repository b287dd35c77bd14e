using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>
/// Both engines as one: each serves the listeners that are its own. A listener that changes from one to the other goes over with its socket, so that no connection is refused;
/// so it does where the web server has to open it anew, which it does for HTTP/3 to come or go.
/// </summary>
internal sealed class AllEngines(IEngine kestrel, IEngine eventLoop, ReservedSockets sockets) : IEngine
{
    private IReadOnlyList<Listener> _served = [];

    /// <inheritdoc />
    public IReadOnlyList<ServedAddress> Addresses => [.. eventLoop.Addresses, .. kestrel.Addresses];

    /// <inheritdoc />
    public void Serve(IReadOnlyList<Listener> listeners, LimitOptions limits)
    {
        foreach (var moved in listeners.Where(listener => _served.Any(before => before.IsSameAs(listener) && (before.Engine != listener.Engine || before.Protocols.HasHttp3() != listener.Protocols.HasHttp3()))))
        {
            sockets.HandOver(moved.Address);
        }

        Serve(kestrel, EngineKind.Kestrel, listeners, limits);
        Serve(eventLoop, EngineKind.EventLoop, listeners, limits);
        _served = listeners;
    }

    private static void Serve(IEngine engine, EngineKind kind, IReadOnlyList<Listener> listeners, LimitOptions limits) =>
        engine.Serve([.. listeners.Where(listener => listener.Engine == kind)], limits);
}
