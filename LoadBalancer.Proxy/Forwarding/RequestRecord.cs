using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What became of a request: what metrics, its span and its log line are written from.</summary>
/// <param name="Route">The name of the route that it matched, or null.</param>
/// <param name="Cluster">The name of the cluster that the route leads to, or null.</param>
/// <param name="Destination">The name of the destination of its last attempt, or null when there was none.</param>
/// <param name="Outcome">What it ended in.</param>
/// <param name="Status">The status of its answer.</param>
/// <param name="Attempts">How many attempts there were.</param>
/// <param name="Elapsed">How long it took, in ticks of 100 ns.</param>
internal readonly record struct RequestRecord(
    string? Route, string? Cluster, string? Destination, RequestOutcome Outcome, int Status, int Attempts, long Elapsed)
{
    // The value of the tag lb.reason.
    private const string Overloaded = "overloaded";

    /// <summary>Counts the request.</summary>
    /// <param name="metrics">Is told.</param>
    /// <param name="overloaded">The cluster that refused it since no destination had a place for it; null when that was not so.</param>
    public void Count(ProxyMetrics metrics, Cluster? overloaded)
    {
        if (Cluster is { } name)
        {
            metrics.RequestEnded(name, Destination, Outcome);
            if (overloaded is not null)
            {
                overloaded.Shed.Add();
                metrics.Shed(name, Route!, Overloaded);
            }
        }
        else if (Outcome is RequestOutcome.Redirected or RequestOutcome.Responded or RequestOutcome.Denied && Route is { } route)
        {
            metrics.AnsweredByRoute(route, Outcome.Tag());
        }
    }

    /// <summary>Ends its span.</summary>
    public void End(Activity? activity) =>
        ProxyActivities.EndRequest(activity, Route, Cluster, Destination, Outcome.Tag(), Status, isError: Status >= 500 || Outcome == RequestOutcome.Defect);
}
