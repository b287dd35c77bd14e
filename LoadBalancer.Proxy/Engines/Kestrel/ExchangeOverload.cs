using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange where the proxy may have too much to do.</summary>
internal sealed partial class Exchange
{
    private Overload? _overload;

    /// <summary>Whether there is room for it; else it has the refusal.</summary>
    /// <param name="overload">How much room there is.</param>
    /// <param name="isFirst">Whether it is the first of its connection.</param>
    public bool IsLetIn(Overload overload, bool isFirst)
    {
        if (overload.Begin(_services.Budget?.Open ?? 0, isFirst, out var reason) is { } refusal)
        {
            _services.Metrics.Overloaded(reason.Tag());
            Refuse(refusal, RequestOutcome.Shed);
            return false;
        }

        _overload = overload;
        return true;
    }
}
