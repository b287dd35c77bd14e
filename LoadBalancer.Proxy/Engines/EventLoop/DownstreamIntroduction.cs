using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The beginning of a connection that a proxy in front has made, which says whose it is (PROXY protocol).</summary>
internal sealed partial class DownstreamConnection
{
    private bool _awaitsIntroduction;

    private bool MustBeIntroduced => Entry.Listener.ProxyProtocol is { } proxies && Client.Address is { } peer && proxies.Includes(peer);

    // False when the connection is let go for want of it.
    private bool TakeIntroduction()
    {
        switch (ProxyHeader.Read(Input, out var length, out var source))
        {
            case ProxyHeaderStatus.Incomplete:
                return true;
            case ProxyHeaderStatus.Complete:
                (_awaitsIntroduction, Client) = (false, source is null ? Client : new ClientText(source.Address, source.Port));
                Consume(length);
                SetTimer(_limits.KeepAliveTimeout);
                return true;
            default:
                RefuseIntroduction();
                return false;
        }
    }

    private void RefuseIntroduction()
    {
        _services.Engine.Metrics.ConnectionRefused(TelemetryTags.ReasonProxyProtocol);
        Close();
    }
}
