using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange where the proxy may have too much to do.</summary>
internal sealed partial class EventLoopExchange
{
    private Overload? _overload;

    // False when it is refused.
    private bool IsLetIn(Overload overload)
    {
        if (overload.Begin(_services.Engine.Budget.Open, _client!.IsFirstRequest, out var reason) is { } refusal)
        {
            _services.Engine.Metrics.Overloaded(reason.Tag());
            Refuse(refusal, RequestOutcome.Shed);
            return false;
        }

        _overload = overload;
        return true;
    }
}
