using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines;

/// <summary>What accepts the clients' requests and drives them through the core. Which sockets there are, and when, is for the host to say.</summary>
internal interface IEngine
{
    /// <summary>Where it listens, with the ports that the system chose where it was asked to.</summary>
    IReadOnlyList<ServedAddress> Addresses { get; }

    /// <summary>
    /// Accepts on these listeners and no others from now on. Their sockets are among the <see cref="ReservedSockets"/>.
    /// It does not wait: what is no longer listed is closed when its requests have ended, or had a few seconds to end.
    /// </summary>
    /// <param name="listeners">The listeners.</param>
    /// <param name="limits">What connections may do that are accepted from now on.</param>
    void Serve(IReadOnlyList<Listener> listeners, LimitOptions limits);
}
