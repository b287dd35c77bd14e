using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What became of an attempt: what metrics and its span are written from.</summary>
/// <param name="Cluster">The name of the cluster.</param>
/// <param name="Member">Where it went.</param>
/// <param name="Method">The method that was sent.</param>
/// <param name="Outcome">What it ended in, by the last word of <see cref="Attempts"/>.</param>
/// <param name="Status">The status that it ended in; 0 when it has none.</param>
/// <param name="Elapsed">How long it took until the head of the answer was there, or it was clear that none would come, in ticks of 100 ns.</param>
internal readonly record struct AttemptRecord(string Cluster, Member Member, string Method, Outcome Outcome, int Status, long Elapsed)
{
    /// <summary>Counts the attempt.</summary>
    /// <param name="metrics">Is told.</param>
    /// <param name="http">Is told.</param>
    /// <param name="version">The version of HTTP of the answer, as in <c>1.1</c>; null where there was none.</param>
    /// <param name="answered">The status of the answer; 0 where there was none.</param>
    public void Count(ProxyMetrics metrics, HttpMetrics http, string? version, int answered)
    {
        metrics.AttemptEnded(Cluster, Member.Name, Outcome);
        http.Attempted(Method, Member.Destination.Tags, version, answered, Outcome.Tag(), Elapsed);
    }

    /// <summary>Ends its span. The status of a request that the client broke off is none of the destination's.</summary>
    public void End(Activity? span) =>
        ProxyActivities.EndAttempt(span, Outcome.Tag(), Outcome.IsDestinationFault(), Outcome == Outcome.BadRequest || Status == 0 ? null : Status);
}
