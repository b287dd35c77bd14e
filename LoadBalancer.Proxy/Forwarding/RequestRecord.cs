using LoadBalancer.Proxy.Http;

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
    string? Route, string? Cluster, string? Destination, RequestOutcome Outcome, int Status, int Attempts, long Elapsed);
